import { ApiError } from '$lib/api/http';
import type { Rest, Whole } from '$lib/api/rest';
import { quoted, streamQuery, type StreamName, termsOf } from '$lib/query';
import { apart, type Apart } from '$lib/state/apart';
import type { SeriesOf } from '$lib/state/plot.svelte';
import type { Plots } from '$lib/state/plots.svelte';

/** So many messages of a stream show whether it has several things in it. */
const sampled = 60;

/** How long what they showed holds, in ms. */
const sampleMs = 10_000;

/** A pointer that passes over a number in less than this does not mean it, in ms. */
const meantMs = 80;

/** A number of a message that somebody points at. */
export interface Pointed {
	pointer: string;
	/** What is plotted of it. */
	of: SeriesOf;
	/** Its key, or the event for a payload that is a number. */
	key: string;
	/** What the message is about, where its stream is about several, such as AAPL; else ''. */
	thing: string;
	event: string;
}

/** Finds out what is meant by a number of a message, and has its newest points shown. */
export class Pointing {
	now = $state.raw<Pointed | null>(null);

	#samples = new Map<string, { at: number; payloads: Promise<string[]> }>();
	#attempt = 0;
	#leaving = new AbortController();

	constructor(
		private readonly rest: Rest,
		private readonly plots: Plots,
		private readonly colourOf: (stream: StreamName) => number,
		private readonly queryNow: () => string,
	) {}

	/** Points at a number if nothing else is pointed at within a moment. */
	async linger(whole: Whole, pointer: string): Promise<void> {
		const attempt = ++this.#attempt;
		await new Promise((resolve) => setTimeout(resolve, meantMs));
		if (attempt === this.#attempt) await this.point(whole, pointer);
	}

	/** Points at a number at once. */
	async point(whole: Whole, pointer: string): Promise<Pointed | null> {
		const attempt = ++this.#attempt;
		const pointed = await this.meaning(whole, pointer);
		if (attempt !== this.#attempt) return null;
		this.now = pointed;
		this.plots.look(pointed.of);
		return pointed;
	}

	/** Points at nothing. */
	clear(): void {
		this.#attempt++;
		this.now = null;
		this.plots.look(null);
	}

	stop(): void {
		this.#leaving.abort();
	}

	/**
	 * What a number of a message is one of: the same number of its stream, of those
	 * messages that the data terms of the query select, and, where these are of
	 * several things, of those that are of the same thing as this one.
	 */
	async meaning({ message, payload }: Whole, pointer: string): Promise<Pointed> {
		const stream = { namespace: message.namespace, event: message.event };
		const terms = termsOf(this.queryNow())
			.map((t) => t.text)
			.filter((t) => /^-?data[.:=<>]/.test(t));
		const base = [streamQuery(stream), ...terms].join(' ');
		const found = await this.#apart(base, payload, pointer);
		const term = found ? `data.${found.path.map(keyText).join('.')}:${quoted(found.text)}` : '';
		const query = term && !terms.includes(term) ? `${base} ${term}` : base;
		const key = nameOf(pointer) || stream.event;
		const only = found ? '' : (terms.map((t) => t.slice(t.indexOf(':') + 1)).find((t) => /^[\w.-]+$/.test(t)) ?? '');
		const thing = found?.text ?? only;
		return { pointer, key, thing, event: stream.event, of: { query, pointer, name: thing ? `${thing} ${key}` : key, colour: this.colourOf(stream) } };
	}

	async #apart(query: string, payload: string, pointer: string): Promise<Apart | null> {
		try {
			return apart(payload, pointer, await this.#sample(query));
		} catch (error) {
			if (!(error instanceof ApiError) && !this.#leaving.signal.aborted) throw error;
			return null; // then the plot is of all of the stream
		}
	}

	#sample(query: string): Promise<string[]> {
		const now = performance.now();
		const known = this.#samples.get(query);
		if (known && now - known.at < sampleMs) return known.payloads;
		if (this.#samples.size > 20) this.#samples.clear();
		const payloads = this.rest.newest(query, '', sampled, this.#leaving.signal).then((page) => page.map((w) => w.payload));
		this.#samples.set(query, { at: now, payloads });
		return payloads;
	}
}

/** A key as it is written in a path. */
function keyText(key: string): string {
	return /^[A-Za-z_][\w-]*$|^\d+$/.test(key) ? key : JSON.stringify(key);
}

/** The last key of a JSON pointer, with the one before where that is an index. */
function nameOf(pointer: string): string {
	const keys = pointer.split('/').slice(1).map((k) => k.replaceAll('~1', '/').replaceAll('~0', '~'));
	const last = keys.at(-1) ?? '';
	const before = keys.at(-2);
	return /^\d+$/.test(last) && before !== undefined ? `${before}[${last}]` : last;
}
