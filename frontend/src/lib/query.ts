/**
 * The query language as far as a page needs it: where the terms of a text stand,
 * and how a value is written. What a query means, and whether it is one, only the
 * hub says.
 */

/** One stream: all messages with one namespace and event. */
export interface StreamName {
	namespace: string;
	event: string;
}

/** A part of a query that can be taken out or changed by itself. */
export interface Term {
	text: string;
	/** Where it begins in the query, in UTF-16 units as in a text field ... */
	from: number;
	/** ... and where it ends. */
	to: number;
}

/**
 * The terms of a query, in their order; all of them must hold. White space divides
 * them, but not inside of quotes and parentheses; terms that are alternatives of one
 * another ("a OR b") are one, and so is what is denied ("NOT a").
 */
export function termsOf(text: string): Term[] {
	const terms: Term[] = [];
	let open = false; // whether what comes next belongs to the term before
	for (const { from, to } of words(text)) {
		const word = text.slice(from, to);
		const last = terms.at(-1);
		if (last && (open || word === 'OR')) {
			last.to = to;
			last.text = text.slice(last.from, to);
		} else terms.push({ text: word, from, to });
		open = word === 'OR' || word === 'NOT';
	}
	return terms;
}

function* words(text: string): Generator<{ from: number; to: number }> {
	let from = -1; // where the word began; −1: between words
	let depth = 0;
	let quoted = false;
	for (let at = 0; at < text.length; at++) {
		const c = text.charAt(at);
		if (from < 0) {
			if (/\s/.test(c)) continue;
			from = at;
		} else if (!quoted && depth === 0 && /\s/.test(c)) {
			yield { from, to: at };
			from = -1;
			continue;
		}
		if (quoted && c === '\\') at++;
		else if (c === '"') quoted = !quoted;
		else if (!quoted && c === '(') depth++;
		else if (!quoted && c === ')') depth = Math.max(0, depth - 1);
	}
	if (from >= 0) yield { from, to: text.length };
}

/** Whether a text stands between two terms: no quote or parenthesis is open, and nothing must follow. */
export function isWhole(text: string): boolean {
	// A word that is put behind an open term would become a part of it.
	return termsOf(`${text} x`).at(-1)?.text === 'x';
}

/** A query without one of its terms. */
export function without(text: string, term: Term): string {
	return `${text.slice(0, term.from).trimEnd()} ${text.slice(term.to).trimStart()}`.trim();
}

/** A query with a term written in another way; one that is empty is taken out. */
export function replaced(text: string, term: Term, written: string): string {
	if (written.trim() === '') return without(text, term);
	return text.slice(0, term.from) + written.trim() + text.slice(term.to);
}

/** A query with one more term, unless it has that already. */
export function withTerm(text: string, term: string): string {
	const added = term.trim();
	if (added === '' || termsOf(text).some((t) => t.text === added)) return text.trim();
	return `${text.trim()} ${added}`.trim();
}

/** A value as a query writes it: in quotes where it has to be. */
export function quoted(value: string): string {
	return /^[\w./-][\w./:-]*$/.test(value) ? value : JSON.stringify(value);
}

/** The query that selects one stream. */
export function streamQuery({ namespace, event }: StreamName): string {
	return `ns:${quoted(namespace)} event:${quoted(event)}`;
}

/** Whether a query can name a stream: one without an event stands for all that the hub counts as one. */
export function canQuery({ event }: StreamName): boolean {
	return event !== '';
}

/** Where something is wrong in a query, by the hub's count of characters, as a text field counts. */
export function placeIn(text: string, at: number, length: number): [from: number, to: number] {
	const characters = [...text];
	const from = characters.slice(0, at).join('').length;
	return [from, from + characters.slice(at, at + length).join('').length];
}
