import { type RateRow, seriesCount } from '$lib/state/rates';
import { buckets, perDecade } from '$lib/state/steps';

/** Rows are joined until there are no more: nobody reads more, nor listens to them. */
const mostRows = 60;

/** Neighbours together, so that there are few enough of them; what cannot be joined is left out. */
export function joined<Item, Row>(items: readonly Item[], join: (part: readonly Item[]) => Row | null): Row[] {
	const size = Math.max(1, Math.ceil(items.length / mostRows));
	const rows: Row[] = [];
	for (let i = 0; i < items.length; i += size) {
		const row = join(items.slice(i, i + size));
		if (row) rows.push(row);
	}
	return rows;
}

/** The mean of some rates, from when the first began. */
export function meanRate(rows: readonly RateRow[]): RateRow | null {
	const [first] = rows;
	if (!first) return null;
	const perSecond = Float64Array.from({ length: seriesCount }, (_, s) => rows.reduce((sum, r) => sum + (r.perSecond[s] ?? 0), 0) / rows.length);
	return { at: first.at, perSecond };
}

/** A bar of a spread. */
export interface Bar {
	/** From which value on, in µs, up to which. The first and the last have what is beyond, too. */
	fromUs: number;
	toUs: number;
	count: number;
	/** The share of all that have this value or less. */
	upTo: number;
}

/** The bars that have something, the least values first. */
export function barsOf(counts: Float64Array, sum: number): Bar[] {
	let before = 0;
	const bars: Bar[] = [];
	for (let i = 0; i < buckets; i++) {
		const count = counts[i] ?? 0;
		if (count === 0) continue;
		before += count;
		bars.push({ fromUs: 10 ** (i / perDecade), toUs: 10 ** ((i + 1) / perDecade), count, upTo: before / sum });
	}
	return bars;
}
