import { parseTime } from '$lib/format/time';
import type { Point } from '$lib/wire';

/** How much time one bin stands for, in ms. */
export const binMs = 250;

/** How many there are: 60 s. */
export const bins = 240;

/**
 * How many messages ended in each quarter of the last 60 s, and how many of
 * them the query selected. It is plain memory of a fixed size that a canvas
 * reads while it paints.
 */
export class Density {
	/** The number of the newest bin: its beginning divided by binMs. */
	newest = 0;

	#all = new Float64Array(bins);
	#hits = new Float64Array(bins);
	#known = 0; // the hub's time up to which everything is counted, in ms since 1970
	#gap: [from: number, to: number] = [0, 0]; // what neither those seconds nor the frames tell of

	/** Takes in what the hub knows of the time before it told everything. */
	begin(points: readonly Point[]): void {
		const known = this.#known;
		for (const p of points) {
			const from = parseTime(p.time);
			if (!Number.isFinite(from) || from < known) continue; // a hub's first second has no time yet
			this.#spread(from, from + 1000, p.emitted + p.dropped, 0);
			this.#known = from + 1000;
		}
	}

	/** Takes in one frame: its time, and the messages that ended since the frame before. */
	add(time: number, all: number, hits: number): void {
		const since = Math.min(time, Math.max(this.#known, time - binMs));
		if (since > this.#known) this.#gap = [this.#known, since];
		this.#spread(since, time, all, hits);
		this.#known = time;
	}

	/** Takes in a second that has ended: what it knows more of than the frames did belongs in the gap before the first of them. */
	mend(point: Point): void {
		const start = parseTime(point.time);
		const from = Math.max(this.#gap[0], start);
		const to = Math.min(this.#gap[1], start + 1000);
		if (!(from < to)) return;
		let counted = 0;
		this.each((bin, all) => {
			if (bin * binMs >= start && bin * binMs < start + 1000) counted += all;
		});
		this.#spread(from, to, Math.max(0, point.emitted + point.dropped - counted), 0);
	}

	/** Begins a new query: nothing was selected yet. */
	clearHits(): void {
		this.#hits.fill(0);
	}

	/** Calls back for each bin by its number, oldest first. */
	each(call: (bin: number, all: number, hits: number) => void): void {
		for (let bin = Math.max(0, this.newest - bins + 1); bin <= this.newest; bin++)
			call(bin, this.#all[bin % bins] ?? 0, this.#hits[bin % bins] ?? 0);
	}

	/** A frame may reach over two bins: each gets its part, or a steady rate would look unsteady. */
	#spread(from: number, to: number, all: number, hits: number): void {
		const first = Math.floor(from / binMs);
		const last = Math.max(first, Math.ceil(to / binMs) - 1);
		this.#moveTo(last);
		for (let bin = Math.max(first, last - bins + 1); bin <= last; bin++) {
			const part = to > from ? (Math.min(to, (bin + 1) * binMs) - Math.max(from, bin * binMs)) / (to - from) : 1;
			const at = bin % bins;
			this.#all[at] = (this.#all[at] ?? 0) + all * part;
			this.#hits[at] = (this.#hits[at] ?? 0) + hits * part;
		}
	}

	#moveTo(bin: number): void {
		for (let next = Math.max(this.newest + 1, bin - bins + 1); next <= bin; next++) {
			this.#all[next % bins] = 0;
			this.#hits[next % bins] = 0;
		}
		this.newest = Math.max(this.newest, bin);
	}
}
