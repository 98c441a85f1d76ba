import { expect, it } from 'vitest';
import { buckets } from '$lib/state/steps';
import { barsOf, joined, meanRate } from './parts';

const rate = (at: number, ...perSecond: number[]) => ({ at, perSecond: Float64Array.from(perSecond) });

it('joins neighbours until there are sixty rows at most', () => {
	const sizes = joined(Array.from({ length: 130 }, (_, i) => i), (part) => part.length);
	expect(sizes).toHaveLength(44);
	expect(sizes.reduce((sum, n) => sum + n, 0)).toBe(130);
	expect(joined([1, 2], (part) => (part[0] === 1 ? null : part))).toEqual([[2]]);
});

it('takes the mean of rates', () => {
	expect(meanRate([rate(5, 1, 40), rate(6, 3, 20)])).toEqual(rate(5, 2, 30, 0, 0, 0, 0, 0));
	expect(meanRate([])).toBeNull();
});

it('tells the bars that have something, and how many had no more', () => {
	const counts = new Float64Array(buckets);
	counts[0] = 1;
	counts[10] = 3;
	expect(barsOf(counts, 4)).toEqual([
		{ fromUs: 1, toUs: 10 ** 0.1, count: 1, upTo: 0.25 },
		{ fromUs: 10, toUs: 10 ** 1.1, count: 3, upTo: 1 },
	]);
});
