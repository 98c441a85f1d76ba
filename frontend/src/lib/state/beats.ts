import { parseTime } from '$lib/format/time';
import { type LateLimit, lateLimit } from '$lib/state/lanes.svelte';
import type { FeedFrame } from '$lib/wire';

/** What became of one slot. */
export type Beat = 'punctual' | 'late' | 'missed';

const kinds: readonly Beat[] = ['punctual', 'late', 'missed'];

/**
 * Every emit of the last seconds, for the heartbeat. It is plain memory of a
 * fixed size that a canvas reads while it paints; the oldest beats are
 * overwritten.
 */
export class Beats {
	/** When the newest beat was, by the hub's clock in ms since 1970; 0: none yet. */
	newest = 0;

	#at: Float64Array;
	#kind: Uint8Array;
	#next = 0;
	#count = 0;
	#hubAhead: number | null = null; // hub's clock − ours, in ms
	#now: () => number;

	constructor(capacity = 16_384, now: () => number = () => performance.now()) {
		this.#at = new Float64Array(capacity);
		this.#kind = new Uint8Array(capacity);
		this.#now = now;
	}

	add(frame: FeedFrame, limit: LateLimit): void {
		const time = parseTime(frame.time);
		this.#setClock(time);
		for (const lane of frame.lanes) {
			const late = lateLimit(limit, lane.period_us);
			for (const [i, ago] of lane.ago_us.entries()) {
				const lateUs = lane.late_us[i] ?? 0;
				this.#put(time - (ago - lateUs) / 1000, lateUs > late ? 1 : 0);
			}
			for (const ago of lane.missed_us ?? []) this.#put(time - ago / 1000, 2);
		}
	}

	/** The hub's time now, in ms since 1970. */
	now(): number {
		return this.#now() + (this.#hubAhead ?? 0);
	}

	/** Calls back for each beat from a time on, in no order. */
	since(from: number, each: (at: number, beat: Beat) => void): void {
		for (let i = 0; i < this.#count; i++) {
			const at = this.#at[i] ?? 0;
			if (at >= from) each(at, kinds[this.#kind[i] ?? 0] ?? 'punctual');
		}
	}

	#put(at: number, kind: number): void {
		this.newest = Math.max(this.newest, at);
		this.#at[this.#next] = at;
		this.#kind[this.#next] = kind;
		this.#next = (this.#next + 1) % this.#at.length;
		this.#count = Math.min(this.#count + 1, this.#at.length);
	}

	/**
	 * The frame that came quickest shows the clocks' difference best. It is
	 * forgotten slowly, for clocks drift.
	 */
	#setClock(time: number): void {
		const ahead = time - this.#now();
		const forgetMs = 0.2;
		this.#hubAhead = this.#hubAhead === null ? ahead : Math.max(ahead, this.#hubAhead - forgetMs);
		if (Math.abs(ahead - this.#hubAhead) > 2000) this.#hubAhead = ahead; // somebody set a clock
	}
}
