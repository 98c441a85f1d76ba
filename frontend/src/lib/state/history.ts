import { ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { parseTime } from '$lib/format/time';
import type { Lanes } from '$lib/state/lanes.svelte';
import { isGap, type Messages } from '$lib/state/messages.svelte';
import { asked, type Query } from '$lib/state/query.svelte';
import { summaries } from '$lib/state/summary';

/** How many messages are fetched at once for who scrolls ... */
const pageRows = 200;

/** ... and for who goes to a time: as many as the hub gives. */
const leapRows = 1000;

/** A time that is further back than so many leaps is gone to at once, and what lies between is left out. */
const mostLeaps = 4;

/** The list holds no more than these: a longer one nobody scrolls through, and a query finds more. */
const mostRows = 20_000;

/** Of so many of the oldest rows the highest number is where fetching begins, for numbers and times are not in one order. */
const overlapRows = 30;

/**
 * What the hub still keeps from before the list begins. It is fetched while the
 * list is held; when it goes live again the list is as short as before.
 */
export class History {
	#ended = false; // nothing older is to be had
	#before = 0; // the number to go on from; 0: the list says
	#busy = false;
	#turn = -1; // of the list, for which all this holds

	constructor(
		private readonly rest: Rest,
		private readonly messages: Messages,
		private readonly query: Query,
		private readonly lanes: Lanes,
	) {}

	/** Fetches the messages before the oldest row. */
	async more(): Promise<void> {
		if (this.#busy) return;
		this.#busy = true;
		try {
			let found = 0;
			while (found === 0 && this.#goesOn()) found = await this.#fetch(pageRows);
		} finally {
			this.#busy = false;
		}
	}

	/** Fetches until the list reaches back to a time, in ms since 1970, or to the end. */
	async until(at: number): Promise<void> {
		if (this.#busy) return;
		this.#busy = true;
		try {
			for (let i = 0; i < mostLeaps && this.#goesOn() && this.oldest > at; i++) await this.#fetch(leapRows);
			if (this.#goesOn() && this.oldest > at) await this.#jump(at);
		} finally {
			this.#busy = false;
		}
	}

	/** The time of the oldest row, in ms since 1970; infinite when there is none. */
	get oldest(): number {
		const row = this.messages.rows.find((e) => !isGap(e));
		return row && !isGap(row) ? parseTime(row.time) : Number.POSITIVE_INFINITY;
	}

	/** Whether there may be older ones for the list as it is. */
	#goesOn(): boolean {
		if (this.#turn !== this.messages.turn) {
			this.#turn = this.messages.turn;
			this.#ended = false;
			this.#before = 0;
		}
		return this.messages.paused && !this.#ended;
	}

	/** Fetches one page; returns how many of its messages are new. */
	async #fetch(limit: number): Promise<number> {
		const turn = this.#turn;
		const { query, highlight } = asked(this.query);
		try {
			const { messages, before } = await this.rest.page(query, highlight, limit, this.#before || this.#begin());
			if (turn !== this.messages.turn) return 1; // it is another list by now
			const found = this.messages.addOlder(summaries(messages, this.lanes));
			this.#before = before ?? 0;
			if (before === null) this.#end('end');
			else if (this.messages.rows.length > mostRows) this.#end('full');
			return found;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			return 1; // the pill says that the hub does not answer; scrolling on asks again
		}
	}

	/** Goes on with what ended up to a time, whatever lies between. */
	async #jump(at: number): Promise<void> {
		const turn = this.#turn;
		const { query, highlight } = asked(this.query);
		const upTo = `time<=${new Date(at).toISOString()}`;
		await refusedBy(async () => {
			const { messages, before } = await this.rest.page([query, upTo].filter(Boolean).join('\n'), highlight, pageRows, 0);
			if (turn !== this.messages.turn || messages.length === 0) return;
			this.messages.addApart(summaries(messages, this.lanes));
			this.#before = before ?? 0;
			if (before === null) this.#end('end');
		}); // the pill says that the hub does not answer
	}

	#begin(): number {
		const seqs: number[] = [];
		for (const e of this.messages.rows) {
			if (!isGap(e)) seqs.push(e.seq);
			if (seqs.length === overlapRows) break;
		}
		return Math.max(0, ...seqs) + 1;
	}

	#end(why: 'end' | 'full'): void {
		this.#ended = true;
		this.messages.end(why);
	}
}
