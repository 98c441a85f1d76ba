import type { Alert } from '$lib/wire';
import { amount } from '$lib/alerted';
import type { Words } from '$messages';

/** How an alert stands. */
export type State = 'off' | 'quiet' | 'raised' | 'known';

export function stateOf({ on, raised }: Alert): State {
	if (!on) return 'off';
	if (!raised) return 'quiet';
	return raised.acknowledged === undefined ? 'raised' : 'known';
}

/** What an alert watches, as a sentence. */
export function watched(words: Words, { when, namespace, event, limit }: Alert): string {
	const w = words.alerts;
	const where = [namespace || w.allLanes, event].filter(Boolean).join(' ');
	const say: (limit: string, where: string) => string = w.watches[when];
	return say(amount(words, when, limit ?? 0), where);
}
