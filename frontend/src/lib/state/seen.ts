import { isWhole, quoted, type StreamName } from '$lib/query';
import { glimpses } from '$lib/state/glimpse';
import type { Summary } from '$lib/wire';

/** The fields of a query, the most asked for first. */
export const fields = [
	'event', 'ns', 'data', 'late', 'size', 'wait', 'sockets', 'time', 'seq', 'source', 'outcome', 'reason', 'room', 'client', 'key', 'to',
] as const;
export type Field = (typeof fields)[number];

/** What follows a field at first. */
const beginnings: Record<Field, string> = {
	event: 'event:', ns: 'ns:', data: 'data.', late: 'late>', size: 'size>', wait: 'wait>', sockets: 'sockets:', time: 'time>', seq: 'seq>=',
	source: 'source:', outcome: 'outcome:', reason: 'reason:', room: 'room:', client: 'client:', key: 'key:', to: 'to:',
};

/** What may follow it. */
const values: Partial<Record<Field, readonly string[]>> = {
	source: ['rest', 'socketio', 'websocket', 'udp', 'reply', 'simulator', 'replay', 'import'],
	outcome: ['emitted', 'dropped', 'dropped_on_purpose', 'received'],
	reason: ['oldest', 'newest', 'replaced', 'stopped'],
	late: ['1ms', '10ms'],
	wait: ['10ms', '1s'],
	size: ['1KiB', '64KiB'],
};

/** One way to go on with a query that is being written. */
export interface Offer {
	/** The part of the text that it takes the place of ... */
	from: number;
	to: number;
	/** ... and what it puts there. */
	text: string;
	/** The field that it begins with, to be explained; null where a value is what is offered. */
	note: Field | null;
	/** Whether it is a whole term; otherwise its value is still to be written. */
	complete: boolean;
}

/** A text with an offer put into it, and where the caret stands behind that. */
export function withOffer(text: string, { from, to, text: put }: Offer): { text: string; place: number } {
	return { text: text.slice(0, from) + put + text.slice(to), place: from + put.length };
}

/** Whether an offer has made a text whole that nothing stands behind, so that it can be asked for. */
export const isDone = (text: string, { complete }: Offer, place: number): boolean => complete && text.slice(place).trim() === '' && isWhole(text);

/** How many paths are remembered, and of each how many values, the newest ones. */
const mostPaths = 200;
const mostValues = 8;

/** A longer value is nothing that anybody wants to write. */
const longestValue = 40;

/** What a query may ask for because it was there: names, and values in payloads. */
export class Seen {
	#paths = new Map<string, string[]>(); // values by path, both with the newest last

	/** streams and clients tell which there are now. */
	constructor(
		private readonly streams: () => readonly StreamName[],
		private readonly clients: () => readonly string[],
	) {}

	/** Takes in rows that are shown. */
	learn(rows: readonly Pick<Summary, 'preview'>[]): void {
		for (const row of rows) {
			for (const { path, value } of glimpses(row.preview)) this.#note(path, value);
		}
	}

	#note(path: string, value: string): void {
		const known = this.#paths.get(path) ?? [];
		this.#paths.delete(path);
		const written = value.startsWith('"') ? asText(JSON.parse(value) as string) : value;
		this.#paths.set(path, written.length > longestValue ? known : [...known.filter((v) => v !== written), written].slice(-mostValues));
		const [oldest] = this.#paths.keys();
		if (this.#paths.size > mostPaths && oldest !== undefined) this.#paths.delete(oldest);
	}

	/** The ways to go on from a text at the caret, the likeliest first. Each takes the place of the word at the caret. */
	offers(text: string, caret: number, most: number): Offer[] {
		const { from, to } = wordAt(text, caret);
		const word = text.slice(from, to);
		const small = text.slice(from, caret).toLowerCase();
		const begins = this.#terms(small).filter((t) => t.text.toLowerCase().startsWith(small));
		// What begins as it is written comes before what has it somewhere.
		const has = small === '' ? [] : this.#names().filter((t) => t.text.toLowerCase().indexOf(small) > 0);
		return [...begins, ...has]
			.filter((t) => t.text !== word && t.text.toLowerCase() !== small)
			.slice(0, most)
			.map((t) => ({ ...t, from, to }));
	}

	#names(): Term[] {
		const streams = this.streams().filter((s) => s.event !== '');
		return [
			...new Set(streams.map((s) => `event:${quoted(s.event)}`)),
			...new Set(streams.map((s) => `ns:${quoted(s.namespace)}`)),
		].map(whole);
	}

	/** What may be offered for what is written. */
	#terms(small: string): Term[] {
		const begun = fields.filter((f) => f !== 'data' || !small.startsWith('data')).map((f): Term => ({ text: beginnings[f], note: f, complete: false }));
		if (small === '') return [...this.#names(), ...begun];
		const field = fields.find((f) => small.startsWith(beginnings[f]));
		const known = field === 'client' ? this.clients().map(quoted) : field ? (values[field] ?? []) : [];
		return [...begun, ...this.#names(), ...known.map((v) => whole(`${beginnings[field ?? 'event']}${v}`)), ...this.#inData(small)];
	}

	/** Paths into payloads, and the values at those that are written. */
	#inData(small: string): Term[] {
		if (!'data'.startsWith(small) && !small.startsWith('data')) return [];
		const paths = [...this.#paths].reverse(); // the newest first
		return paths.flatMap(([path, seen]): Term[] => {
			const at = `data${path}`;
			if (![':', '=', '>', '<', '!'].includes(small.charAt(at.length)) || !small.startsWith(at.toLowerCase())) {
				const isNumber = seen.length > 0 && seen.every((v) => /^-?\d/.test(v));
				return [{ text: at + (isNumber ? '>' : ':'), note: 'data', complete: false }];
			}
			const operator = /^[:=<>!]+/.exec(small.slice(at.length))?.[0] ?? ':';
			return seen.toReversed().map((v) => whole(at + operator + v));
		});
	}
}

/**
 * The word that the caret stands in or behind: from after a space, a parenthesis or
 * a minus to before the next space or parenthesis, but not one in quotes. Of a quote
 * that nobody closes, what follows the caret is no part.
 */
function wordAt(text: string, caret: number): { from: number; to: number } {
	let from = 0;
	let quoted = false;
	const isQuote = (at: number) => text[at] === '"' && text[at - 1] !== '\\';
	for (let at = 0; at < caret; at++) {
		const c = text.charAt(at);
		if (isQuote(at)) quoted = !quoted;
		else if (!quoted && (/[\s()]/.test(c) || (c === '-' && at === from))) from = at + 1;
	}
	let to = caret;
	for (; to < text.length && (quoted || !/[\s()]/.test(text.charAt(to))); to++) if (isQuote(to)) quoted = !quoted;
	return { from, to: quoted ? caret : to };
}

type Term = Pick<Offer, 'text' | 'note' | 'complete'>;

function whole(text: string): Term {
	return { text, note: null, complete: true };
}

/** Text as a value in the payload: what looks like a number is in quotes, or it would be one. */
function asText(text: string): string {
	return /^-?\d/.test(text) ? JSON.stringify(text) : quoted(text);
}
