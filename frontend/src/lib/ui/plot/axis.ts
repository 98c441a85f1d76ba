/** A log axis of lateness that begins at 1 µs and shows 10 ms at least. */
export interface LogAxis {
	/** How many decades it has. */
	decades: number;
	/** Where a value stands, from 0 to 1; what is below 1 µs stands at 0. */
	place: (us: number) => number;
}

const leastDecades = 4;
const mostDecades = 8;

export function logAxis(mostUs: number): LogAxis {
	const needed = Math.ceil(Math.log10(Math.max(1, mostUs)) - 1e-9);
	const decades = Math.min(mostDecades, Math.max(leastDecades, needed));
	return { decades, place: (us) => (us <= 1 ? 0 : Math.min(1, Math.log10(us) / decades)) };
}

/** Where a value stands on the shortest of these axes, whatever its unit: four decades from 1. */
export const onFourDecades = logAxis(1).place;

/** "1 µs", "10 ms", "1 s" for a power of ten in microseconds. */
export function decadeName(power: number): string {
	if (power < 3) return `${10 ** power} µs`;
	return power < 6 ? `${10 ** (power - 3)} ms` : `${10 ** (power - 6)} s`;
}

const tops = [1, 1.2, 1.6, 2, 3, 4, 6, 8];

/** A round number above the value, with some air: 12, 16, 20, 30, 40, 60, 80, 100, 120, … */
export function niceTop(value: number): number {
	for (let power = 1; ; power *= 10) {
		const top = tops.find((t) => value * 1.1 <= t * power);
		if (top) return top * power;
	}
}

/** The top of an axis of shares: the next of 10 %, 20 %, … above the value. */
export function shareTop(share: number): number {
	return Math.min(1, Math.max(0.1, Math.ceil(share * 10 - 1e-9) / 10));
}

/** Marks of a time axis: how far apart in ms, and every how many has its name. */
export interface TimeMarks {
	everyMs: number;
	named: number;
}

const marks: readonly TimeMarks[] = [
	{ everyMs: 1, named: 1 },
	{ everyMs: 1, named: 2 },
	{ everyMs: 1, named: 5 },
	{ everyMs: 5, named: 2 },
	{ everyMs: 10, named: 2 },
	{ everyMs: 10, named: 5 },
	{ everyMs: 50, named: 2 },
	{ everyMs: 100, named: 2 },
	{ everyMs: 100, named: 5 },
	{ everyMs: 1000, named: 1 },
	{ everyMs: 1000, named: 2 },
	{ everyMs: 1000, named: 5 },
	{ everyMs: 5000, named: 2 },
	{ everyMs: 10_000, named: 3 },
	{ everyMs: 60_000, named: 1 },
	{ everyMs: 60_000, named: 2 },
	{ everyMs: 60_000, named: 5 },
	{ everyMs: 300_000, named: 2 },
	{ everyMs: 300_000, named: 3 },
	{ everyMs: 900_000, named: 2 },
];

/** The closest marks whose names, this many px wide, do not touch. */
export function timeMarks(spanMs: number, width: number, nameWidth: number): TimeMarks {
	const perPx = spanMs / Math.max(1, width);
	const fits = (m: TimeMarks) => m.everyMs * m.named >= nameWidth * perPx;
	return marks.find(fits) ?? { everyMs: 900_000, named: 4 };
}
