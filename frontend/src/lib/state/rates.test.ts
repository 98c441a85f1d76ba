import { expect, it } from 'vitest';
import { Counting, mergeRows, rowsOf } from '$lib/state/rates';
import type { Stream } from '$lib/wire';

const second = Date.parse('2026-11-22T14:32:00Z');
const at = (n: number) => second + n * 1000;
const series = (_: string, event: string) => ({ tick: 1, quote: 2 })[event] ?? 0;

function stream(event: string, count: number, namespace = '/a'): Stream {
	return { namespace, event, count, per_second: 0, last_seen: '2026-11-22T14:32:00Z' };
}

it('makes rates of what the counts have grown by', () => {
	const counting = new Counting();
	expect(counting.next(at(0), [stream('tick', 100)], '/a', series)).toBeNull();
	const row = counting.next(at(1), [stream('tick', 162), stream('quote', 25)], '/a', series);
	expect([...(row?.perSecond ?? [])]).toEqual([0, 62, 25, 0, 0, 0, 0]);
});

it('divides by the time that has really passed', () => {
	const counting = new Counting();
	counting.next(at(0), [stream('tick', 0)], '/a', series);
	expect(counting.next(at(4), [stream('tick', 100)], '/a', series)?.perSecond[1]).toBe(25);
});

it('counts streams of the lane only, and those without a colour together', () => {
	const counting = new Counting();
	const streams = (n: number) => [stream('x', n), stream('y', n), stream('tick', n, '/b')];
	counting.next(at(0), streams(0), '/a', series);
	expect([...(counting.next(at(1), streams(5), '/a', series)?.perSecond ?? [])]).toEqual([10, 0, 0, 0, 0, 0, 0]);
});

it('never shows a negative rate, though a hub began again', () => {
	const counting = new Counting();
	counting.next(at(0), [stream('tick', 1000)], '/a', series);
	expect(counting.next(at(1), [stream('tick', 3)], '/a', series)?.perSecond[1]).toBe(0);
});

it('reads what the hub remembers, in messages a second', () => {
	const rows = rowsOf(
		{
			step: '10s',
			times: ['2026-11-22T14:32:00Z', '2026-11-22T14:32:10Z'],
			streams: [
				{ namespace: '/a', event: 'tick', counts: [600, 620] },
				{ namespace: '/a', event: 'x', counts: [10, 0] },
			],
			others: [0, 30],
		},
		10_000,
		series,
	);
	expect(rows.map((r) => [r.at - second, ...r.perSecond.slice(0, 2)])).toEqual([
		[0, 1, 60],
		[10_000, 3, 62],
	]);
});

it('merges rows by time, and the newer tells', () => {
	const row = (n: number, rate: number) => ({ at: at(n), perSecond: Float64Array.of(rate) });
	const merged = mergeRows([row(0, 1), row(1, 1)], [row(1, 2), row(2, 2)], 2000);
	expect(merged.map((r) => [r.at - second, r.perSecond[0]])).toEqual([
		[1000, 2],
		[2000, 2],
	]);
});

it('knows the rate of a lane that was chosen just now', () => {
	const counting = new Counting();
	counting.next(at(0), [stream('tick', 0, '/b')], '/a', series);
	expect(counting.next(at(1), [stream('tick', 9, '/b')], '/b', series)?.perSecond[1]).toBe(9);
});
