import { expect, it } from 'vitest';
import type { Quantiles, SpanComparison, SpanFigures } from '$lib/wire';
import { language } from '$messages';
import { plainOf, rowsOf, sureText, verdictOf, verdictText, whyText } from './compare';

const w = language.words.tape.beside;
const quantiles = (p50: number, p99: number, max: number): Quantiles => ({ count: 1000, p50_us: p50, p90_us: p99 / 2, p99_us: p99, max_us: max });
const figures = (more: Partial<SpanFigures>): SpanFigures => ({
	recording: 'r', namespace: '/ws/rt_market', from: '2026-11-30T14:00:00Z', to: '2026-11-30T14:04:48Z', emitted: 28_800, late: 0, lost: 0, per_second: 100, asked_us: 10_000, paced: true, mean_us: 10_000, drift_us: 0,
	interval_error: quantiles(9, 210, 840), lateness: quantiles(9, 210, 840), ...more,
});
const found = (more: Partial<SpanComparison> = {}): SpanComparison => ({
	a: figures({ interval_error: quantiles(94, 650, 6200), mean_us: 10_118, drift_us: 3_360_000, paced: false, late: 412, emitted: 28_464 }),
	b: figures({ late: 7 }),
	p50: { times: 10.4, low: 9, high: 12 }, p99: { times: 3.1, low: 2.8, high: 3.4 }, lateness_p99: { times: 3, low: 2, high: 4 }, sentence: '', ...more,
});

it('says which one is steadier, how many times, and how sure that is', () => {
	expect(plainOf(verdictText(found(), w))).toBe('B is 3.1× steadier: p99 0.21 ms vs 0.65 ms');
	expect(sureText(found(), w)).toBe('between 2.8× and 3.4×, 95 % confidence');
});

it('says it of A where A is', () => {
	const turned = found({ a: found().b, b: found().a, p99: { times: 1 / 3.1, low: 1 / 3.4, high: 1 / 2.8 } });
	expect(plainOf(verdictText(turned, w))).toBe('A is 3.1× steadier: p99 0.21 ms vs 0.65 ms');
	expect(sureText(turned, w)).toBe('between 2.8× and 3.4×, 95 % confidence');
});

it('claims nothing that may be chance', () => {
	expect(verdictOf(found({ p99: { times: 1.2, low: 0.8, high: 1.7 } }))).toEqual({ kind: 'same' });
	expect(verdictOf(found({ p99: { times: 2, low: 0.9, high: 4 } }))).toMatchObject({ kind: 'steadier', sure: false });
	expect(verdictOf(found({ p99: { times: 3, low: 0, high: 0 } }))).toEqual({ kind: 'little' });
	expect(verdictOf(found({ p99: { times: 0, low: 0, high: 0 } }))).toEqual({ kind: 'nothing' });
});

it('has a line for each figure, and says how many times where that says something', () => {
	expect(rowsOf(found(), w).map(({ name, a, b, times }) => [name, a, b, times])).toEqual([
		['asked', '10.000 ms (no pace)', '10.000 ms', ''],
		['mean', '10.118 ms', '10.000 ms', ''],
		['p50', '94 µs', '9 µs', '10×'],
		['p99', '0.65 ms', '0.21 ms', '3.1×'],
		['max', '6.20 ms', '0.84 ms', '7.4×'],
		['late', '412 of 28,464', '7 of 28,800', '60×'],
		['drift', '+3.360 s', '0', ''],
		['lost', '0', '0', ''],
	]);
});

it('says why by what the figures say', () => {
	expect(plainOf(whyText(found(), w))).toBe(
		'B was asked for 10 ms; A had no pace, and is measured against the same. A fell behind by 0.12 ms each time. B kept the schedule, so nothing adds up.',
	);
});
