import { expect, it } from 'vitest';
import { decades, percents, placeOf } from './stops';

it('has stops as far apart on a decade as on any other', () => {
	expect(decades(1, 60)).toEqual([0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 60]);
	expect(decades(0.1, 1)).toEqual([0, 0.1, 0.2, 0.3, 0.5, 0.7, 1]);
});

it('places a value between its stops, and nothing outside', () => {
	const stops = [0, 1, 10];
	expect([-1, 0, 0.5, 1, 5.5, 10, 99].map((value) => placeOf(stops, value))).toEqual([0, 0, 0.25, 0.5, 0.75, 1, 1]);
	expect(placeOf(percents, 12.5)).toBeCloseTo(0.125, 9);
});
