import { expect, it } from 'vitest';
import { madeStep as step } from '$lib/state/madestep';
import { intervalErrors, mostIn, spreadIn } from './measures';
import { joinSteps, mergeSteps } from './steps';

const spread = (n: number) => ({ first: 30, counts: [n] });
const measure = (n: number) => ({ p50_us: n, p90_us: n, p99_us: n, max_us: n, spread: spread(n) });

it('takes the size of each change of lateness, over missed slots', () => {
	const errors: number[] = [];
	const next = intervalErrors((us) => errors.push(us));
	for (const [us, isMissed] of [[10, false], [4, false], [10_000, true], [9, false]] as const) next(us, isMissed);
	expect(errors).toEqual([6, 5]);
});

it('reads the spread and the most of each measure', () => {
	const s = step(0, { spread: spread(1), interval_error: measure(2), lateness_max_us: 400 });
	expect([spreadIn(s, 'lateness'), spreadIn(s, 'interval_error'), spreadIn(s, 'queue_wait')]).toEqual([spread(1), spread(2), undefined]);
	expect([mostIn(s, 'lateness'), mostIn(s, 'interval_error'), mostIn(s, 'queue_wait')]).toEqual([400, 2, 0]);
});

it('keeps what the hub has forgotten of a step', () => {
	const { spread: _, ...forgot } = measure(3);
	const [merged] = mergeSteps([step(0, { interval_error: measure(3), queue_wait: measure(4) })], [step(0, { interval_error: forgot })], 60_000);
	expect(merged?.interval_error).toEqual(measure(3));
	expect(merged?.queue_wait).toEqual(measure(4));
});

it('joins the measures of several steps by their spreads', () => {
	const joined = joinSteps([step(0, { interval_error: { ...measure(0), spread: spread(99), max_us: 1200 } }), step(1, { interval_error: { ...measure(0), spread: { first: 40, counts: [1] }, max_us: 12_000 } }), step(2)]);
	expect(joined?.interval_error?.p50_us).toBeGreaterThan(1000);
	expect(joined?.interval_error?.p50_us).toBeLessThan(1260);
	expect(joined?.interval_error?.max_us).toBe(12_000);
	expect(joined?.queue_wait).toBeUndefined();
});
