import type { ApiError } from '$lib/api/http';
import { placeIn, quoted, streamQuery, termsOf, type StreamName } from '$lib/query';
import type { FeedFrame } from '$lib/wire';

/** filter: what the text does not select is hidden. highlight: what it selects is marked, and all is listed. */
export type QueryMode = 'filter' | 'highlight';

/** What a person wants to see. */
export interface Wanted {
	text: string;
	mode: QueryMode;
	/** Streams that are not listed, whatever the text says. */
	mutes: readonly StreamName[];
}

/** Why the hub did not take a query, in its own words. */
export interface QueryRefusal {
	/** The text that was asked for. */
	text: string;
	code: string;
	message: string;
	hint: string;
	/** The part of the text it speaks of, as a text field counts; null: of no part, or not of this text. */
	place: [from: number, to: number] | null;
}

/**
 * What is listed: the query in force and what it has selected so far. The hub
 * applies it, so its counts are true whatever the page was shown. Hub's methods
 * change it.
 */
export class Query {
	text = $state('');
	mode = $state<QueryMode>('filter');
	mutes = $state.raw<readonly StreamName[]>([]);
	/** What became of the newest attempt to change it; null: it is in force. */
	refusal = $state.raw<QueryRefusal | null>(null);
	/** Messages that ended since it began ... */
	total = $state(0);
	/** ... how many of them are listed ... */
	matched = $state(0);
	/** ... and how many of these are marked. */
	hits = $state(0);

	readonly terms = $derived(termsOf(this.text));
	/** Messages the text has selected, be they the listed or the marked ones. */
	readonly found = $derived(this.mode === 'filter' ? this.matched : this.hits);
	/** Whether there may be messages that are not listed. */
	readonly hides = $derived(this.mutes.length > 0 || (this.mode === 'filter' && this.text !== ''));

	/** By which frames say that they are of this query; it grows. */
	number = 0;

	#wanted: Wanted = { text: '', mode: 'filter', mutes: [] };
	#counts = { total: 0, matched: 0, hits: 0 };

	/** What is wanted now, with a change on top of changes that are still being asked for. */
	want(change: Partial<Wanted>): Wanted {
		const { text, ...others } = change;
		this.#wanted = { ...this.#wanted, ...others, ...(text === undefined ? {} : { text: text.trim() }) };
		return this.#wanted;
	}

	/** Puts what the hub has taken in force, and counts from here on. */
	begin({ text, mode, mutes }: Wanted): void {
		this.text = text;
		this.mode = mode;
		this.mutes = mutes;
		this.number++;
		this.refusal = null;
		this.#counts = { total: 0, matched: 0, hits: 0 };
		this.commit();
	}

	/** Notes that the hub has refused; what was in force stays. */
	refuse({ text }: Wanted, { code, message, hint, place }: ApiError): void {
		this.#wanted = { text: this.text, mode: this.mode, mutes: this.mutes };
		const isInText = place !== null && place.at + place.length <= [...text].length;
		this.refusal = { text, code, message, hint, place: isInText ? placeIn(text, place.at, place.length) : null };
	}

	/** Takes in what a frame of this query counted. */
	add({ ended, matched, hits }: FeedFrame): void {
		this.#counts.total += ended;
		this.#counts.matched += matched;
		this.#counts.hits += hits;
	}

	/** Shows what was taken in. */
	commit(): void {
		({ total: this.total, matched: this.matched, hits: this.hits } = this.#counts);
	}

	/** What the text has selected of a frame of this query. */
	foundIn({ matched, hits }: FeedFrame): number {
		if (this.text === '') return 0;
		return this.mode === 'filter' ? matched : hits;
	}

	/** Whether the text is exactly this stream. */
	isStream(stream: StreamName): boolean {
		return this.text === streamQuery(stream);
	}

	isMuted(stream: StreamName): boolean {
		return this.mutes.some((m) => isSame(m, stream));
	}
}

/** Mutes with one more stream in them, or one less. */
export function toggled(mutes: readonly StreamName[], { namespace, event }: StreamName): StreamName[] {
	const others = mutes.filter((m) => !isSame(m, { namespace, event }));
	return others.length < mutes.length ? others : [...others, { namespace, event }];
}

/**
 * What the hub is asked for: the query that selects the rows, and the one that
 * marks some of them. Mutes have lines of their own, so whatever the text is,
 * nothing in it reaches beyond it.
 */
export function asked({ text, mode, mutes }: Wanted): { query: string; highlight: string } {
	const events = new Map<string, string[]>(); // by namespace: a query has room for 64 terms, but for many more values
	for (const m of mutes) events.set(m.namespace, [...(events.get(m.namespace) ?? []), quoted(m.event)]);
	const lines = [...events].map(([namespace, muted]) => `-(ns:${quoted(namespace)} event:${muted.join(',')})`);
	if (mode === 'highlight') return { query: lines.join('\n'), highlight: text };
	return { query: [text, ...lines].filter((line) => line !== '').join('\n'), highlight: '' };
}

function isSame(a: StreamName, b: StreamName): boolean {
	return a.namespace === b.namespace && a.event === b.event;
}
