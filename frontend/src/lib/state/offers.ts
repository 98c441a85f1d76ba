import { quoted, type StreamName } from '$lib/query';

/** What a term may begin with. A field that ends with ":" has a value after it, one with ">" a number. */
const fields = [
	'event:', 'ns:', 'data.', 'late>', 'size>', 'wait>', 'sockets:', 'time>', 'seq>=', 'source:', 'outcome:', 'reason:', 'room:', 'client:', 'key:', 'to:',
];

const values: Record<string, readonly string[]> = {
	'source:': ['rest', 'socketio', 'websocket', 'reply'],
	'outcome:': ['emitted', 'dropped', 'received'],
	'reason:': ['oldest', 'newest', 'replaced', 'stopped'],
	'late>': ['1ms', '10ms'],
	'wait>': ['10ms', '1s'],
	'size>': ['1KiB', '64KiB'],
};

/** One way to go on with a query that is being written. */
export interface Offer {
	/** The whole text once it is taken. */
	text: string;
	/** What is shown of it: its last word. */
	word: string;
	/** Whether it is a whole term; otherwise its value is still to be written. */
	complete: boolean;
}

/** The ways to go on from a text whose last word is unfinished, the likeliest first. */
export function offers(draft: string, streams: readonly StreamName[], most: number): Offer[] {
	const [, before = '', sign = '', word = ''] = /^(.*?)([-(]*)([^\s()]*)$/s.exec(draft) ?? [];
	const small = word.toLowerCase();
	const known = [
		...new Set(streams.map((s) => `event:${quoted(s.event)}`)),
		...new Set(streams.map((s) => `ns:${quoted(s.namespace)}`)),
		...fields.flatMap((field) => (small.startsWith(field) ? (values[field] ?? []).map((v) => field + v) : [])),
	];
	// What begins as it is written comes before what has it somewhere.
	const fitting = [
		...fields.filter((f) => f.startsWith(small) && f !== small),
		...known.filter((t) => t.toLowerCase().startsWith(small)),
		...known.filter((t) => small !== '' && !t.toLowerCase().startsWith(small) && t.toLowerCase().includes(small)),
	].filter((t) => t !== word);
	const ordered = small === '' ? [...known, ...fields] : fitting;
	return ordered.slice(0, most).map((t) => ({ text: before + sign + t, word: sign + t, complete: !fields.includes(t) }));
}
