import type { Words } from '$messages';

/** Why a message was dropped, in words. A reason of a newer hub is shown as it is. */
export function reason(words: Words, code: string | undefined): string {
	const known: Record<string, string> = words.reason;
	return known[code ?? ''] ?? code ?? '';
}
