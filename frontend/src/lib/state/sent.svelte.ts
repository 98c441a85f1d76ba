import { recall, remember } from '$lib/host/remember';
import type { Draft } from '$lib/state/draft';

/** So many messages are remembered, and none that is larger than so many characters. */
const most = 12;
const mostChars = 20_000;

/** The messages that were sent last from this page, the newest first; remembered. */
export class Sent {
	drafts = $state.raw<readonly Draft[]>(draftsIn(recall('sent')));

	/** Puts one first. */
	add(draft: Draft): void {
		const text = JSON.stringify(draft);
		const others = this.drafts.filter((d) => JSON.stringify(d) !== text);
		this.drafts = [draft, ...others].slice(0, most);
		remember('sent', JSON.stringify(this.drafts.filter((d) => JSON.stringify(d).length <= mostChars)));
	}
}

/** What was remembered may be anything. */
function draftsIn(text: string | null): Draft[] {
	try {
		const drafts: unknown = JSON.parse(text ?? '[]');
		return Array.isArray(drafts) ? drafts.filter(isDraft).slice(0, most) : [];
	} catch {
		return [];
	}
}

function isDraft(value: unknown): value is Draft {
	if (typeof value !== 'object' || value === null) return false;
	const { namespace, event, data, rooms, attachments } = value as Record<string, unknown>;
	const isText = [namespace, event, data].every((part) => typeof part === 'string');
	return isText && Array.isArray(rooms) && rooms.every((r) => typeof r === 'string') && Array.isArray(attachments) && attachments.every(isAttachment);
}

function isAttachment(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const { name, base64, bytes } = value as Record<string, unknown>;
	return typeof name === 'string' && typeof base64 === 'string' && typeof bytes === 'number';
}
