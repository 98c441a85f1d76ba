import { parseTime } from '$lib/format/time';
import { type LateLimit, lateLimit } from '$lib/state/lanes.svelte';
import type { FeedFrame } from '$lib/wire';

/** What became of a slot; numbers, so that an array of bytes can hold a minute of them. */
export const PUNCTUAL = 0;
export const LATE = 1;
export const MISSED = 2;

/**
 * Called for one emit: when it was, by the hub's clock in ms since 1970, how
 * late in µs, and what it is. A missed slot stands where it was due, with the
 * whole period that it was late when it was missed.
 */
export type EachEmit = (at: number, lateUs: number, kind: number) => void;

/** A time that is covered without a hole, in ms since 1970. */
export interface Cover {
	from: number;
	to: number;
}

/** How much is remembered, in ms, where the ring is large enough for it. */
const keptMs = 60_000;

/**
 * Entries of one frame are in order in each lane, and the lanes one after the
 * other; after a stall a frame may be this long.
 */
const disorderMs = 2000;

/** Names are never forgotten one by one; beyond so many all is. */
const mostNames = 4096;

/**
 * Every emit of the last minute, of all lanes, in memory of a fixed size: at
 * 2,000 emits a second it holds the whole minute, beyond that less, and says so.
 */
export class Emits {
	/** When the newest frame was made; 0: none yet. */
	newest = 0;
	/** When the newest emit or missed slot was; 0: none yet. */
	last = 0;

	#at: Float64Array;
	#late: Float32Array;
	#kind: Uint8Array;
	#lane: Uint16Array;
	#next = 0;
	#count = 0;
	#names = new Map<string, number>();
	#covers: Cover[] = [];
	#interrupted = false;
	#binned = new Map<string, number>(); // when a lane's emits last came as bins

	constructor(readonly capacity = 1 << 17) {
		this.#at = new Float64Array(capacity);
		this.#late = new Float32Array(capacity);
		this.#kind = new Uint8Array(capacity);
		this.#lane = new Uint16Array(capacity);
	}

	/** The next frame that comes is the first after a hole. */
	interrupt(): void {
		this.#interrupted = true;
	}

	add(frame: FeedFrame, limit: LateLimit): void {
		const time = parseTime(frame.time);
		this.#cover(time);
		if (this.#names.size > mostNames) this.#forget(time);
		for (const lane of frame.lanes) {
			const number = this.#number(lane.namespace);
			const late = lateLimit(limit, lane.period_us);
			const { ago_us: ago, late_us: lateness } = lane;
			for (let i = 0; i < ago.length; i++) {
				const us = lateness[i] ?? 0;
				this.#put(time - ((ago[i] ?? 0) - us) / 1000, us, us > late ? LATE : PUNCTUAL, number);
			}
			for (const us of lane.missed_us ?? []) this.#put(time - us / 1000, lane.period_us, MISSED, number);
			if (lane.binned) this.#binned.set(lane.namespace, time);
		}
	}

	/** Calls back for each emit of a lane in a time, newest frame first. An empty namespace is all lanes. */
	within(namespace: string, from: number, to: number, each: EachEmit): void {
		const lane = namespace === '' ? -1 : (this.#names.get(namespace) ?? -2);
		const size = this.capacity;
		let i = this.#next;
		for (let left = this.#count; left > 0; left--) {
			i = i === 0 ? size - 1 : i - 1;
			const at = this.#at[i] ?? 0;
			const kind = this.#kind[i] ?? 0;
			// Slots of a stall are told of when it is over, and do not end the search.
			if (at < from - disorderMs && kind !== MISSED) return;
			if (at < from || at > to || (lane !== -1 && this.#lane[i] !== lane)) continue;
			each(at, this.#late[i] ?? 0, kind);
		}
	}

	/** All that is here now; what comes later does not change it. */
	copy(): Emits {
		const copy = new Emits(this.capacity);
		copy.newest = this.newest;
		copy.last = this.last;
		copy.#at = this.#at.slice();
		copy.#late = this.#late.slice();
		copy.#kind = this.#kind.slice();
		copy.#lane = this.#lane.slice();
		copy.#next = this.#next;
		copy.#count = this.#count;
		copy.#names = new Map(this.#names);
		copy.#covers = this.#covers.map((c) => ({ ...c }));
		copy.#binned = new Map(this.#binned);
		return copy;
	}

	/** The times of which every emit is here, oldest first. */
	get covers(): readonly Cover[] {
		return this.#covers;
	}

	/** Whether every single emit of a lane in a time is here, and none as a bin. */
	holds(namespace: string, from: number, to: number): boolean {
		for (const [lane, at] of this.#binned) if (at > from && (namespace === '' || namespace === lane)) return false;
		return this.#covers.some((c) => c.from <= from && c.to >= to);
	}

	#cover(time: number): void {
		const last = this.#covers.at(-1);
		if (last && !this.#interrupted) last.to = time;
		else this.#covers.push({ from: time, to: time });
		this.#interrupted = false;
		this.newest = time;
		const oldest = this.#count < this.capacity ? time - keptMs - disorderMs : Math.max(this.#at[this.#next] ?? 0, time - keptMs - disorderMs);
		for (const c of this.#covers) c.from = Math.max(c.from, oldest);
		while (this.#covers[0] && this.#covers[0].to < oldest) this.#covers.shift();
	}

	#number(namespace: string): number {
		let number = this.#names.get(namespace);
		if (number === undefined) this.#names.set(namespace, (number = this.#names.size));
		return number;
	}

	#put(at: number, lateUs: number, kind: number, lane: number): void {
		const i = this.#next;
		if (at > this.last) this.last = at;
		this.#at[i] = at;
		this.#late[i] = lateUs;
		this.#kind[i] = kind;
		this.#lane[i] = lane;
		this.#next = (i + 1) % this.capacity;
		if (this.#count < this.capacity) this.#count++;
	}

	#forget(time: number): void {
		this.#names.clear();
		this.#binned.clear();
		this.#count = 0;
		this.#covers = [{ from: time, to: time }];
	}
}
