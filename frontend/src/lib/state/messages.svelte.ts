import { Bands } from '$lib/state/bands.svelte';
import { gapsOf } from '$lib/state/gaps';
import type { Summary } from '$lib/wire';

/** From so many rows a ms on, some screens full of them in a second, it is a flood. */
const floodPerMs = 0.2;

/** A place in the list where something is missing, shown as a row of its own. */
export interface Gap {
	gap: 'skipped' | 'away' | 'apart' | 'end' | 'full';
	/** skipped: how many messages the feed did not tell of. away: how many seconds the hub was out of reach. Else 0. */
	amount: number;
}

export type Entry = Summary | Gap;

export function isGap(entry: Entry): entry is Gap {
	return 'gap' in entry;
}

/**
 * Who stopped the list, weakest first. The pointer holds it only while it is
 * over the rows; a person's decision holds until it is taken back.
 */
const stoppers = ['nobody', 'pointer', 'scroll', 'hand'] as const;
export type PausedBy = (typeof stoppers)[number];

/**
 * The newest messages, oldest first. At `capacity` the oldest leave.
 *
 * Frames are taken in at any time and cost nothing; what the screen shows
 * changes only in commit().
 */
export class Messages {
	/** What the list shows. It keeps still while paused. */
	rows = $state.raw<readonly Entry[]>([]);
	pausedBy = $state<PausedBy>('nobody');
	/** Messages that matched since the list was paused, shown to us or not. */
	fresh = $state(0);
	/** How many messages one row stands for: 1, or more when the hub sends a sample. */
	oneIn = $state(1);
	/** Whether rows come faster than a screen full of them could be read. */
	flooding = $state(false);
	/** The selected message. It stays when its row has left the list. */
	selected = $state.raw<Summary | null>(null);

	/** The message under the pointer. */
	pointed = $state.raw<Summary | null>(null);

	readonly paused = $derived(this.pausedBy !== 'nobody');

	/** What each part of the screen shows of the list, in a flood. */
	readonly bands = new Bands<Entry>();

	/** How often the list has gone on; what was put below its oldest row is then gone. */
	turn = 0;

	#all: readonly Entry[] = [];
	#pending: Entry[] = [];
	#freshPending = 0;
	#fetched = new Set<number>(); // what fill() brought and the feed may still tell of
	#matched = 0; // since oneIn was last computed
	#sent = 0;

	constructor(readonly capacity = 4000) {}

	/** Takes in one frame's part: its rows, how many matched, and how many we were not told of. */
	add(rows: readonly Summary[], matched: number, skipped: number): void {
		if (skipped > 0) this.#gap('skipped', skipped);
		for (const row of rows) if (!this.#fetched.delete(row.seq)) this.#pending.push(row);
		if (this.#pending.length > 2 * this.capacity) this.#pending = this.#pending.slice(-this.capacity);
		this.#freshPending += matched + skipped;
		this.#matched += matched;
		this.#sent += rows.length;
	}

	/** Forgets every row, for from now on others are wanted. The selected message stays. */
	clear(): void {
		this.#all = [];
		this.#pending = [];
		this.#fetched.clear();
		this.#matched = this.#sent = 0;
		this.oneIn = 1;
		this.resume();
	}

	/** Marks that the hub was out of reach. */
	addAway(seconds: number): void {
		if (this.#all.length + this.#pending.length > 0) this.#gap('away', seconds);
	}

	/**
	 * Adds messages fetched from the hub that the list does not have, before or
	 * between its own. What is older than the newest row on screen is shown even
	 * while paused: nothing moves by it.
	 */
	fill(rows: readonly Summary[]): void {
		for (const { seq } of rows) this.#fetched.add(seq);
		const newest = this.rows.at(-1);
		if (!this.paused || !newest) {
			this.#pending = inserted([...this.#all, ...this.#pending], rows);
			this.#all = [];
			return;
		}
		const shown = this.rows.findLast((e) => !isGap(e));
		const isOld = (row: Summary) => shown !== undefined && !isGap(shown) && row.time <= shown.time;
		this.rows = inserted(this.rows, rows.filter(isOld));
		this.#all = inserted(this.#all, rows.filter(isOld));
		this.#pending = inserted(this.#pending, rows.filter((r) => !isOld(r)), this.#all);
	}

	/**
	 * Shows messages from before the list began, which the hub still keeps. They
	 * are there for as long as the list is held. Returns how many are new.
	 */
	addOlder(rows: readonly Summary[]): number {
		if (!this.paused) return 0;
		const before = this.rows.length;
		this.rows = bridged(inserted(this.rows, rows));
		return this.rows.length - before;
	}

	/** The same of messages that do not join on to the list. */
	addApart(rows: readonly Summary[]): void {
		if (this.paused) this.rows = [...inserted([], rows), { gap: 'apart', amount: 0 }, ...this.rows];
	}

	/** Says below the oldest row why there is no older one. */
	end(why: 'end' | 'full'): void {
		if (this.paused && this.rows.length > 0) this.rows = [{ gap: why, amount: 0 }, ...this.rows];
	}

	/** Once a second: says anew how many messages one row stands for. */
	takeSample(): void {
		this.oneIn = this.#sent > 0 ? Math.max(1, Math.round(this.#matched / this.#sent)) : 1;
		this.#matched = 0;
		this.#sent = 0;
	}

	/** Whether there is anything to commit. */
	get waiting(): boolean {
		return this.#pending.length > 0;
	}

	/** Judges by what has come since the last commit, so many ms ago, whether this is a flood. */
	tellFlood(ms: number): void {
		this.flooding = this.#pending.length > floodPerMs * ms;
	}

	/** Shows what was taken in. */
	commit(): void {
		if (this.paused) this.fresh += this.#freshPending;
		this.#freshPending = 0;
		if (this.#pending.length > 0) {
			this.#all = [...this.#all, ...this.#pending].slice(-this.capacity);
			this.#pending = [];
		}
		if (this.paused) return;
		this.rows = this.#all;
		if (this.flooding) this.bands.begin(this.rows);
		else this.bands.finish();
	}

	/** Stops the list; one who is weaker than whoever has stopped it already changes nothing. */
	pause(by: Exclude<PausedBy, 'nobody'>): void {
		if (!this.paused) {
			this.fresh = 0;
			this.#freshPending = 0;
			this.bands.finish();
		}
		if (stoppers.indexOf(by) > stoppers.indexOf(this.pausedBy)) this.pausedBy = by;
	}

	/** Goes on if nobody else has stopped the list. */
	release(by: 'pointer' | 'scroll'): void {
		if (this.pausedBy === by) this.resume();
	}

	/** Shows the newest again. */
	resume(): void {
		this.pausedBy = 'nobody';
		this.turn++;
		this.fresh = 0;
		this.commit();
	}

	select(row: Summary | null): void {
		this.selected = row;
	}

	/**
	 * The next older (+1) or newer (−1) message than the selected one among those
	 * that are wanted; the newest of them if none is selected.
	 */
	beside(by: 1 | -1, wanted: (row: Summary) => boolean = () => true): Summary | null {
		const now = this.selected ? this.rows.findLastIndex((e) => !isGap(e) && e.seq === this.selected?.seq) : -1;
		const back = now < 0 || by === 1;
		const from = now < 0 ? this.rows.length - 1 : now - by;
		for (let i = from; i >= 0 && i < this.rows.length; i += back ? -1 : 1) {
			const entry = this.rows[i];
			if (entry && !isGap(entry) && wanted(entry)) return entry;
		}
		return null;
	}

	/** Gaps that touch are one gap. */
	#gap(gap: Gap['gap'], amount: number): void {
		const last = this.#pending.at(-1);
		if (last && isGap(last) && last.gap === gap) this.#pending[this.#pending.length - 1] = { gap, amount: last.amount + amount };
		else this.#pending.push({ gap, amount });
	}
}

/** A list with rows in it that it lacks, in the order of time. What is known besides is not put in twice. */
function inserted(list: readonly Entry[], rows: readonly Summary[], others: readonly Entry[] = []): Entry[] {
	const known = new Set([...list, ...others].flatMap((e) => (isGap(e) ? [] : [e.seq])));
	const all = [...list];
	// Wire times have one length and one zone, so they sort as text.
	const missing = rows.filter((r) => !known.has(r.seq)).sort((a, b) => (a.time < b.time ? -1 : 1));
	const first = all.findIndex((e) => !isGap(e));
	const oldest = all[first];
	if (oldest && !isGap(oldest)) {
		const before = missing.filter((r) => r.time < oldest.time);
		all.splice(first, 0, ...before); // most of them, at once
		missing.splice(0, before.length);
	}
	for (const row of missing) {
		let at = all.length;
		for (; at > 0; at--) {
			const before = all[at - 1];
			if (before && !isGap(before) && before.time <= row.time) break;
		}
		all.splice(at, 0, row);
	}
	return all;
}

/** So far from the oldest row on, a row may have had no predecessor that was known. */
const bridgeLength = 1500;

/** Tells of rows that were the first of their stream how long the one before them was ago, now that it is there. */
function bridged(list: readonly Entry[]): Entry[] {
	const begin = list.slice(0, bridgeLength).filter((e): e is Summary => !isGap(e));
	const gaps = gapsOf(begin.filter((e) => !e.to));
	return list.map((e, i) => (i < bridgeLength && !isGap(e) && e.gap_us === undefined && gaps.has(e.seq) ? { ...e, ...gaps.get(e.seq) } : e));
}
