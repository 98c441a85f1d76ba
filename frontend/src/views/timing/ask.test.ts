import { expect, it } from 'vitest';
import { type EachEmit, PUNCTUAL } from '$lib/state/emits';
import { madeStep as step } from '$lib/state/madestep';
import { addressOf, emitAt, queryOf } from './ask';
import { sourceRange } from './source';

const at = Date.parse('2026-11-22T14:32:00Z');

it('asks for what a lane emitted in a time, as exactly as the feed tells it', () => {
	expect(queryOf('/a', { from: at + 0.004, to: at + 999.9966 })).toBe('ns:/a time>=2026-11-22T14:32:00.000001Z time<=2026-11-22T14:32:01.000000Z');
	expect(queryOf('', { from: at, to: at })).toBe('time>=2026-11-22T14:31:59.999997Z time<=2026-11-22T14:32:00.000003Z');
	expect(addressOf('ns:/a time<1')).toBe('#live?q=ns%3A%2Fa%20time%3C1');
});

it('finds the emit nearest to a time', () => {
	const within = (from: number, to: number, each: EachEmit) => [at, at + 10, at + 20].filter((t) => t >= from && t <= to).forEach((t) => each(t, 5, PUNCTUAL));
	expect(emitAt(at + 12, 6, within)).toBe(at + 10);
	expect(emitAt(at + 40, 6, within)).toBeNull();
});

it('has zero and negative latencies on the axis', () => {
	const source = (p50_us: number, p99_us: number) => step(0, { source_latency: { count: 1, ahead: 0, p50_us, p99_us } });
	expect(sourceRange([source(900, 1000)])).toEqual({ from: 0, to: 1200 });
	expect(sourceRange([source(-900, 1000)])).toEqual({ from: -1000, to: 1200 });
	expect(sourceRange([source(-2000, -900)])).toEqual({ from: -3000, to: 0 });
	expect(sourceRange([])).toEqual({ from: 0, to: 120 });
});
