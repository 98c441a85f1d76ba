import { expect, it } from 'vitest';
import { madeStart as second, madeStep as step } from '$lib/state/madestep';
import { addSpread, buckets, joinSteps, mergeSteps, perDecade, quantile, stepsOf, total } from '$lib/state/steps';

it('leaves out a second that has no time yet', () => {
	const known = { ...step(0), time: '2026-11-22T14:32:00Z' };
	expect(stepsOf([{ ...step(0), time: '0001-01-01T00:00:00Z' }, known]).map((s) => s.at)).toEqual([second]);
});

it('merges by time, the newer tells, and what is old is left out', () => {
	const merged = mergeSteps([step(0), step(1), step(2)], [step(2, { emitted: 7 }), step(3)], 3000);
	expect(merged.map((s) => [s.at - second, s.emitted])).toEqual([
		[1000, 100],
		[2000, 7],
		[3000, 100],
	]);
});

it('keeps a spread that the hub has forgotten meanwhile', () => {
	const spread = { first: 9, counts: [100] };
	expect(mergeSteps([step(0, { spread })], [step(0, { emitted: 7 })], 1000)).toEqual([step(0, { emitted: 7, spread })]);
});

it('counts a missed slot once, as missed and not as late', () => {
	expect(total([step(0, { late: 5, missed_slots: 3, lateness_max_us: 10_000 }), step(1, { late: 1 })])).toEqual({
		emitted: 200,
		missed: 3,
		late: 3,
		dropped: 0,
		maxUs: 10_000,
	});
});

it('finds quantiles within a bucket', () => {
	const counts = new Float64Array(buckets);
	expect(addSpread(counts, { first: 10, counts: [50, 49, 0, 1] })).toBe(100);
	expect(quantile(counts, perDecade, 0.5)).toBeCloseTo(10 ** 1.1, 6);
	expect(quantile(counts, perDecade, 0.99)).toBeCloseTo(10 ** 1.2, 6);
	expect(quantile(counts, perDecade, 1)).toBeCloseTo(10 ** 1.4, 6);
});

it('has no quantile of nothing', () => {
	expect(quantile(new Float64Array(buckets), perDecade, 0.5)).toBeNull();
});

it('joins steps: sums, the worst, what waits at the end, and percentiles of all together', () => {
	const joined = joinSteps([
		step(0, { depth: 9, late: 1, spread: { first: 0, counts: [100] }, lateness_max_us: 5 }),
		step(1, { depth: 2, missed_slots: 1, spread: { first: 20, counts: [1] }, lateness_max_us: 120 }),
	]);
	expect(joined).toMatchObject({ at: second, emitted: 200, late: 1, missed_slots: 1, depth: 2, lateness_max_us: 120 });
	expect(joined?.lateness_p50_us).toBeLessThan(1.26);
	expect(joinSteps([])).toBeNull();
});
