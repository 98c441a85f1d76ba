import type { Summary } from '$lib/wire';

/** One stream: all messages with one namespace and event. */
export interface StreamName {
	namespace: string;
	event: string;
}

/** Why the hub did not take a query, in its own words. */
export interface QueryRefusal {
	/** The query that was asked for. */
	text: string;
	message: string;
	hint: string;
}

/**
 * What is listed: the query in force and what it has selected so far. The hub
 * applies it, so its counts are true whatever the page was shown.
 */
export class Query {
	/** All of them must hold; none selects every message. */
	terms = $state.raw<readonly string[]>([]);
	/** What became of the newest attempt to change it; null: it is in force. */
	refusal = $state.raw<QueryRefusal | null>(null);
	/** Messages it selected since it began ... */
	matched = $state(0);
	/** ... of so many. */
	total = $state(0);

	readonly text = $derived(this.terms.join(' '));

	#matched = 0;
	#total = 0;

	/** Puts a query in force and counts from here on. */
	begin(text: string): void {
		this.terms = withTerms([], text);
		this.refusal = null;
		this.#matched = this.#total = 0;
		this.commit();
	}

	/** Takes in how many messages ended since the last frame, and how many of them the query selected. */
	add(matched: number, total: number): void {
		this.#matched += matched;
		this.#total += total;
	}

	/** Shows what was taken in. */
	commit(): void {
		this.matched = this.#matched;
		this.total = this.#total;
	}

	/** Whether the query is exactly this stream. */
	isStream({ namespace, event }: StreamName): boolean {
		return this.text === streamQuery({ namespace, event });
	}

	/** Whether it selects a row; asked for rows that may have left the hub before the query arrived there. */
	selects(row: Summary): boolean {
		const says = (field: string, value: string) => this.terms.find((t) => t.startsWith(`${field}:`)) ?? `${field}:${value}`;
		return says('ns', row.namespace) === `ns:${row.namespace}` && says('event', row.event) === `event:${row.event}`;
	}
}

/** The terms of a query, which white space divides. */
export function termsOf(text: string): string[] {
	return text.split(/\s+/).filter((term) => term !== '');
}

/** Terms with those of a text added. Of each field the last one holds, as in the hub. */
export function withTerms(terms: readonly string[], text: string): string[] {
	const byField = new Map<string, string>();
	for (const term of [...terms, ...termsOf(text)]) {
		const [field = term] = term.split(':', 1);
		byField.delete(field); // the newest comes last
		byField.set(field, term);
	}
	return [...byField.values()];
}

/** The query that selects one stream. */
export function streamQuery({ namespace, event }: StreamName): string {
	return `ns:${namespace} event:${event}`;
}

/** Whether a query can name a stream: white space in its event would divide the term. */
export function canQuery({ event }: StreamName): boolean {
	return event !== '' && !/\s/.test(event);
}

/** Where in a text the term stands that the hub complained of, for the complaint quotes it; null: it does not say. */
export function culprit(text: string, message: string): [from: number, to: number] | null {
	const quoted = /"((?:[^"\\]|\\.)+)"/.exec(message)?.[1];
	if (quoted === undefined) return null;
	const term = termsOf(text).find((t) => t === quoted || t.startsWith(`${quoted}:`));
	if (term === undefined) return null;
	const from = text.indexOf(term);
	return [from, from + term.length];
}
