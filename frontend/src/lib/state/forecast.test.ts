import { expect, it } from 'vitest';
import { arrivingIn, depthAfter, forecast } from './forecast';

it('says when a line is empty that is served faster than it fills', () => {
	const ahead = forecast(27, 5000, 98, 10_000); // 100 a second
	expect(ahead.spare).toBeCloseTo(2, 9);
	expect(ahead.emptyAfter).toBeCloseTo(13.5, 9);
	expect(ahead.fullAfter).toBeNull();
	expect([0, 1, 13.5, 60].map((s) => depthAfter(ahead, 27, 5000, s))).toEqual([27, 25, 0, 0].map((n) => expect.closeTo(n, 9)));
});

it('says when a line is full that fills faster than it is served', () => {
	const ahead = forecast(4900, 5000, 120, 10_000);
	expect(ahead).toEqual({ spare: -20, emptyAfter: null, fullAfter: 5 });
	expect(depthAfter(ahead, 4900, 5000, 99)).toBe(5000);
	expect(forecast(5001, 5000, 120, 10_000).fullAfter).toBe(0);
});

it('says of a line that is served as fast as it fills that it stays', () => {
	expect(forecast(3, 5000, 100, 10_000)).toEqual({ spare: 0, emptyAfter: null, fullAfter: null });
	expect(forecast(0, 5000, 100, 10_000).emptyAfter).toBe(0);
});

it('empties at once without a pace', () => {
	const ahead = forecast(300, 5000, 100, 0);
	expect(ahead.emptyAfter).toBe(0);
	expect([0, 1].map((s) => depthAfter(ahead, 300, 5000, s))).toEqual([300, 0]);
});

it('counts what arrives in the newest steps', () => {
	const steps = [900, 100, 90, 110, 100, 100].map((accepted) => ({ accepted }));
	expect(arrivingIn(steps, 1000)).toBe(100);
	expect(arrivingIn(steps.slice(0, 1), 10_000)).toBe(90);
	expect(arrivingIn([], 1000)).toBeNull();
});
