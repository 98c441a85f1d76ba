import { expect, it } from 'vitest';
import { beside, intoText, placeOf, speedAt, speedText } from './speed';

it('has the slowest and the fastest at its ends, and comes back to round speeds', () => {
	expect([speedAt(0), speedAt(1)]).toEqual([0.1, 20]);
	for (const speed of [0.1, 0.25, 1, 2, 7.5, 20]) expect(speedAt(placeOf(speed)), `${speed}`).toBe(speed);
});

it('stops at the speed at which it was', () => {
	expect(speedAt(placeOf(1.04))).toBe(1);
	expect(beside(0.95, 1, false)).toBe(1);
	expect(beside(1.5, -1, true)).toBe(1);
});

it('goes on by a key, and not beyond the ends', () => {
	expect([beside(1, 1, false), beside(2, 1, true), beside(20, 1, false), beside(0.1, -1, true)]).toEqual([1.1, 4, 20, 0.1]);
});

it('is told with the digits that tell something', () => {
	expect([0.25, 1, 2, 9.9, 20].map(speedText)).toEqual(['0.25', '1.0', '2.0', '9.9', '20']);
});

it('tells how far into a recording something is', () => {
	expect([0, 819_418, 3_729_000.9].map(intoText)).toEqual(['00:00.000', '13:39.418', '1:02:09.000']);
});
