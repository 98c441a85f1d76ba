import type { FeedPoints, Series as Past } from '$lib/wire';

/** The points of one series in columns: when each was emitted, when its producer made it, and the number. */
export interface Columns {
	/** In ms since 1970, by the hub's clock. */
	at: Float64Array;
	/** By the producer's; NaN where it did not say. */
	source: Float64Array;
	/** NaN: from here to the next point nobody knows what there was. */
	value: Float64Array;
	length: number;
}

/** What is drawn: a time and a number a point, sorted by time. */
export interface Line {
	x: Float64Array;
	y: Float64Array;
	length: number;
}

/** More than twice as many columns as a wide screen has. */
export const mostPoints = 10_000;

/** Of the memory, what stays whole when the rest is folded, and what the rest may take then. */
const wholeShare = 3 / 8;
const foldedShare = 3 / 8;

/**
 * The points of one series, oldest first, in memory of a fixed size. When it is
 * full, what is older is folded: of all points that are of about the same age the
 * least and the greatest stay. So what is new is whole, what is old is as coarse as
 * it is old, whatever the rate was, and a peak stays for ever.
 */
export class Points implements Columns {
	at: Float64Array;
	source: Float64Array;
	value: Float64Array;
	length = 0;
	/** Up to which time only extremes are left; −Infinity: everything is here. */
	coarseTo = Number.NEGATIVE_INFINITY;
	/** Changes with each change of the points. */
	version = 0;

	#bySource: Line = { x: new Float64Array(0), y: new Float64Array(0), length: 0 };
	#sortedAt = -1; // version of bySource

	constructor(readonly capacity = mostPoints) {
		this.at = new Float64Array(capacity);
		this.source = new Float64Array(capacity);
		this.value = new Float64Array(capacity);
	}

	get newest(): number {
		return this.length === 0 ? Number.NEGATIVE_INFINITY : (this.at[this.length - 1] ?? 0);
	}

	/** The newest number; null when there is none. */
	get last(): number | null {
		const value = this.value[this.length - 1];
		return value === undefined || this.length === 0 || Number.isNaN(value) ? null : value;
	}

	clear(): void {
		this.length = 0;
		this.coarseTo = Number.NEGATIVE_INFINITY;
		this.version++;
	}

	/** Takes a point in; nearly always the newest one. */
	push(at: number, source: number, value: number): void {
		if (this.length === this.capacity) this.#fold();
		let place = this.length;
		while (place > 0 && (this.at[place - 1] ?? 0) > at) place--;
		if (place < this.length) for (const column of [this.at, this.source, this.value]) column.copyWithin(place + 1, place, this.length);
		this.at[place] = at;
		this.source[place] = source;
		this.value[place] = value;
		this.length++;
		this.version++;
	}

	/** Takes in what a frame that was made at a time, in µs, tells of this series. */
	add(told: FeedPoints, frameUs: number): void {
		for (let i = 0; i < told.values.length; i++) {
			const source = told.source_us?.[i] ?? 0;
			this.push((frameUs - (told.ago_us[i] ?? 0)) / 1000, source > 0 ? source / 1000 : Number.NaN, told.values[i] ?? Number.NaN);
		}
		if (told.binned) this.coarseTo = Math.max(this.coarseTo, this.newest);
	}

	/**
	 * Puts the past where it belongs: up to a moment, in ms, what the hub kept takes
	 * the place of what is here, and after it stays what frames have told. What is
	 * older than the past stays too; where the past does not reach back to it, there
	 * is a gap.
	 */
	fill(past: Past, from: number): void {
		const old = this.#copy(0, this.length);
		const oldest = (past.time_us[0] ?? from * 1000) / 1000;
		let known = Number.NEGATIVE_INFINITY; // of what was here before the moment
		this.clear();
		for (let i = 0; i < old.length; i++) {
			const at = old.at[i] ?? 0;
			if (at > from) break;
			known = at;
			if (at < oldest) this.push(at, old.source[i] ?? 0, old.value[i] ?? 0);
		}
		if (this.length > 0 && known < oldest) this.gap();
		for (let i = 0; i < past.values.length; i++) {
			const at = (past.time_us[i] ?? 0) / 1000;
			const source = past.source_us?.[i] ?? 0;
			if (at <= from) this.push(at, source > 0 ? source / 1000 : Number.NaN, past.values[i] ?? Number.NaN);
		}
		if (past.binned) this.coarseTo = this.newest;
		for (let i = 0; i < old.length; i++) if ((old.at[i] ?? 0) > from) this.push(old.at[i] ?? 0, old.source[i] ?? 0, old.value[i] ?? 0);
	}

	/** From the newest point to the next one nobody knows what there was. */
	gap(): void {
		if (this.last !== null) this.push(this.newest, this.source[this.length - 1] ?? Number.NaN, Number.NaN);
	}

	/** Forgets all but so many of the newest points. */
	keep(most: number): void {
		const from = this.length - most;
		if (from <= 0) return;
		for (const column of [this.at, this.source, this.value]) column.copyWithin(0, from, this.length);
		this.length = most;
		this.version++;
	}

	/** The points sorted by one of their times; by the producer's, without those that have none. */
	by(time: 'server' | 'source'): Line {
		if (time === 'server') return { x: this.at, y: this.value, length: this.length };
		if (this.#sortedAt !== this.version) this.#sort();
		return this.#bySource;
	}

	/** Nearly always they are sorted already, and then each is looked at once. */
	#sort(): void {
		this.#sortedAt = this.version;
		const { x, y } = this.#bySource.x.length < this.length ? { x: new Float64Array(this.capacity), y: new Float64Array(this.capacity) } : this.#bySource;
		let length = 0;
		let steps = 0;
		for (let i = 0; i < this.length; i++) {
			const source = this.source[i] ?? Number.NaN;
			if (Number.isNaN(source)) continue;
			let place = length++;
			for (; place > 0 && (x[place - 1] ?? 0) > source && steps < 20 * this.capacity; place--, steps++) {
				x[place] = x[place - 1] ?? 0;
				y[place] = y[place - 1] ?? 0;
			}
			x[place] = source;
			y[place] = this.value[i] ?? Number.NaN;
		}
		this.#bySource = steps < 20 * this.capacity ? { x, y, length } : sorted(x, y, length);
	}

	/** The buckets grow with age, each by the same factor, so that any span of time has its share of them. */
	#fold(): void {
		const whole = this.length - Math.floor(this.capacity * wholeShare);
		const youngest = Math.max(this.newest - (this.at[whole] ?? 0), 1e-3);
		const oldest = Math.max(this.newest - (this.at[0] ?? 0), youngest);
		const buckets = Math.floor((this.capacity * foldedShare) / 2);
		const width = Math.log(oldest / youngest) / buckets || 1; // of the logarithm
		const bucketOf = (i: number) => Math.floor(Math.log((this.newest - (this.at[i] ?? 0)) / youngest) / width);
		let kept = 0;
		const keep = (i: number) => {
			for (const column of [this.at, this.source, this.value]) column[kept] = column[i] ?? 0;
			kept++;
		};
		for (let from = 0, to = 0; from < whole; from = to) {
			const bucket = bucketOf(from);
			let [least, greatest] = [from, from];
			for (to = from; to < whole && !Number.isNaN(this.value[to]) && bucketOf(to) === bucket; to++) {
				if ((this.value[to] ?? 0) < (this.value[least] ?? 0)) least = to;
				if ((this.value[to] ?? 0) > (this.value[greatest] ?? 0)) greatest = to;
			}
			if (to === from) to++; // a gap
			keep(Math.min(least, greatest));
			if (least !== greatest) keep(Math.max(least, greatest));
		}
		this.coarseTo = Math.max(this.coarseTo, this.at[whole - 1] ?? 0);
		for (const column of [this.at, this.source, this.value]) column.copyWithin(kept, whole, this.length);
		this.length += kept - whole;
		this.version++;
		if (this.length === this.capacity) this.keep(this.capacity - 1); // nothing but gaps
	}

	#copy(from: number, to: number): Columns {
		return { at: this.at.slice(from, to), source: this.source.slice(from, to), value: this.value.slice(from, to), length: to - from };
	}
}

function sorted(x: Float64Array, y: Float64Array, length: number): Line {
	const order = Uint32Array.from({ length }, (_, i) => i).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0));
	return { x: Float64Array.from(order, (i) => x[i] ?? 0), y: Float64Array.from(order, (i) => y[i] ?? 0), length };
}
