import { expect, it } from 'vitest';
import { beside, type Pace, paceAt, paceOf, patchOf, placeOf, readPace, shownPace } from './pace';

const ms = (n: number): Pace => ({ kind: 'interval', us: n * 1000 });
const perSecond = (n: number): Pace => ({ kind: 'rate', us: 1e6 / n });

it('reads the pace of a lane, and says it back', () => {
	for (const [lane, pace, patch] of [
		[{ interval: '10ms', rate: 0 }, ms(10), { interval: '10ms' }],
		[{ interval: '1m2.5s', rate: 0 }, ms(62_500), { interval: '62500ms' }],
		[{ interval: '0s', rate: 30 }, perSecond(30), { rate: 30 }],
		[{ interval: '0s', rate: 0 }, { kind: 'none', us: 0 }, { interval: '0s' }],
	] as const) {
		expect(paceOf(lane)).toEqual(pace);
		expect(patchOf(pace)).toEqual(patch);
	}
});

it('goes over four decades, and stays there', () => {
	expect([1, 10, 100, 1000, 10_000].map((n) => placeOf(n * 1000))).toEqual([0, 0.25, 0.5, 0.75, 1]);
	expect([placeOf(1), placeOf(1e9)]).toEqual([0, 1]);
});

it('is chosen to two digits of what is shown', () => {
	expect(paceAt(placeOf(9037), 'interval').us).toBe(9000);
	expect(1e6 / paceAt(placeOf(1e6 / 33.33), 'rate').us).toBeCloseTo(33, 9);
});

it('goes to the next pace by a key, also over the end of a decade', () => {
	const go = (from: number, by: 1 | -1, isLarge = false) => beside(ms(from), by, isLarge).us / 1000;
	expect([go(10, 1), go(10, -1), go(9.9, 1), go(10.3, 1), go(10.3, -1)]).toEqual([11, 9.9, 10, 11, 10]);
	expect([go(10, 1, true), go(10, -1, true), go(20, 1, true)]).toEqual([20, 5, 50]);
	expect([go(1, -1), go(10_000, 1)]).toEqual([1, 10_000]);
	expect(1e6 / beside(perSecond(100), 1, false).us).toBeCloseTo(99, 9); // slower is fewer
});

it('reads what somebody wrote', () => {
	const us = (text: string, kind: 'interval' | 'rate' = 'interval') => readPace(text, kind)?.us ?? null;
	expect(['9', '9 ms', '1.5s', '2500 µs', '1,000', ' 12.5 MS '].map((t) => us(t))).toEqual([9000, 9000, 1.5e6, 2500, 1e6, 12_500]);
	expect(us('100', 'rate')).toBe(10_000);
	expect(['100 /s', '100 msg/s', '100条/秒'].map((t) => readPace(t, 'interval'))).toEqual(Array(3).fill(perSecond(100)));
	expect(['', 'fast', '0', '-1', '0.5', '25 h', '9 parsec', '1..2'].map((t) => us(t))).toEqual(Array(8).fill(null));
	expect(us('1001', 'rate')).toBeNull();
});

it('is shown with fixed decimals and its unit', () => {
	expect([ms(10), ms(1500), perSecond(100), perSecond(0.5)].map((p) => Object.values(shownPace(p, 'msg/s')).join(' '))).toEqual([
		'10.000 ms',
		'1.500 s',
		'100.0 msg/s',
		'0.5 msg/s',
	]);
});
