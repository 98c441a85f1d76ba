import { holesIn } from '$lib/json/holes';
import type { SavedDraft } from '$lib/wire';

/** Whom a message is for: everybody in its namespace, those in its rooms, or one client. */
export type Whom = 'all' | 'rooms' | 'client';

/** A file that goes with a message as binary. */
export interface Attachment {
	name: string;
	bytes: number;
	base64: string;
}

/** A message as it is written, which nobody has taken yet. */
export interface Draft {
	namespace: string;
	event: string;
	/** JSON, which may have holes for the hub to fill; as it is written. */
	data: string;
	rooms: readonly string[];
	attachments: readonly Attachment[];
}

/** How a draft is handed in. */
export interface Request {
	path: string;
	body: string;
}

/** The client that a message is for alone, and how long to wait for its ack, in ms; 0: not at all. */
export interface Only {
	id: string;
	ackMs: number;
}

/** The request that hands a draft in. Its data is in it as it is written, for a number beyond 2^53 would not survive being parsed. */
export function requestOf(draft: Draft, only: Only | null): Request {
	const { namespace, event, rooms, attachments } = draft;
	const parts = [
		...(namespace ? [`"namespace": ${JSON.stringify(namespace)}`] : []),
		`"event": ${JSON.stringify(event)}`,
		...(!only && rooms.length > 0 ? [`"rooms": ${JSON.stringify(rooms)}`] : []),
		...(only && only.ackMs > 0 ? [`"ack": "${only.ackMs}ms"`] : []),
	];
	const lines = [
		parts.join(', '),
		...(draft.data.trim() ? [`"data": ${draft.data.trim().replaceAll('\n', '\n  ')}`] : []),
		...(attachments.length > 0 ? [`"attachments": ${JSON.stringify(attachments.map((a) => a.base64))}`] : []),
	];
	return {
		path: only ? `/api/v1/clients/${encodeURIComponent(only.id)}/messages` : '/api/v1/messages',
		body: lines.length > 1 ? `{\n  ${lines.join(',\n  ')}\n}` : `{ ${lines[0]} }`,
	};
}

/** Whether the hub has to fill holes of a text first. */
export function hasHoles(data: string): boolean {
	return holesIn(data).length > 0;
}

const placeholderOf = (n: number) => `{"_placeholder":true,"num":${n}}`;
const placeholder = /\{\s*"_placeholder"\s*:\s*true\s*,\s*"num"\s*:\s*(\d+)\s*\}/g;

/** Data with a placeholder for one more attachment, where it is easily found: at the end. */
export function withPlaceholder(data: string, n: number): string {
	const text = data.trimEnd();
	const [, body = '', end = ''] = /^([\s\S]*?)\s*([}\]])$/.exec(text) ?? [];
	if (!end) return text ? data : placeholderOf(n);
	const isFirst = /[{[]$/.test(body);
	const name = end === '}' ? `"file${n + 1}": ` : '';
	return `${body}${isFirst ? '' : ','}\n  ${name}${placeholderOf(n)}\n${end}`;
}

/** Data after one of its attachments was removed: null is in its place, and those behind it count one less. */
export function withoutPlaceholder(data: string, n: number): string {
	return data.replace(placeholder, (all, num: string) => (Number(num) === n ? 'null' : Number(num) > n ? placeholderOf(Number(num) - 1) : all));
}

/** A draft as the hub keeps it under a name. */
export function toSaved({ namespace, event, data, rooms, attachments }: Draft): Omit<SavedDraft, 'name'> {
	return {
		namespace,
		event,
		data,
		...(rooms.length > 0 ? { rooms: [...rooms] } : {}),
		...(attachments.length > 0 ? { attachments: attachments.map((a) => a.base64) } : {}),
	};
}

/** A saved draft to be changed and sent. Files have lost their names. */
export function fromSaved({ namespace, event, data, rooms = [], attachments = [] }: Omit<SavedDraft, 'name'>): Draft {
	const named = attachments.map((base64, i) => ({ name: `#${i}`, base64, bytes: Math.floor((base64.replace(/=+$/, '').length * 3) / 4) }));
	return { namespace, event, data, rooms, attachments: named };
}

/** The rooms that somebody wrote, with commas between them. */
export function roomsIn(text: string): string[] {
	return text.split(',').map((room) => room.trim()).filter(Boolean);
}
