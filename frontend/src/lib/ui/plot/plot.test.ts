import { expect, it } from 'vitest';
import { decadeName, logAxis, niceTop, onFourDecades, shareTop, timeMarks } from '$lib/ui/plot/axis';
import { abgr } from '$lib/ui/plot/columns';

it('shows 1 µs to 10 ms, and grows by whole decades', () => {
	expect(logAxis(0).decades).toBe(4);
	expect(logAxis(10_000).decades).toBe(4);
	expect(logAxis(10_001).decades).toBe(5);
	expect(logAxis(3e6).decades).toBe(7);
	expect(logAxis(1e12).decades).toBe(8);
});

it('places a decade as wide as any other, and nothing outside', () => {
	for (const place of [logAxis(10_000).place, onFourDecades])
		expect([0, 0.2, 1, 10, 100, 10_000, 1e7].map(place)).toEqual([0, 0, 0, 0.25, 0.5, 1, 1]);
});

it('names decades with their unit', () => {
	expect([0, 1, 2, 3, 4, 5, 6, 7].map(decadeName)).toEqual(['1 µs', '10 µs', '100 µs', '1 ms', '10 ms', '100 ms', '1 s', '10 s']);
});

it.each([
	[0, 1],
	[1, 1.2],
	[7, 8],
	[100, 120],
	[110, 160],
	[5000, 6000],
])('puts the top above %d at %d', (value, top) => expect(niceTop(value)).toBe(top));

it.each([
	[0, 0.1],
	[0.1, 0.1],
	[0.11, 0.2],
	[1.4, 1],
])('puts the top of shares above %d at %d', (share, top) => expect(shareTop(share)).toBeCloseTo(top, 9));

it.each([10_000, 60_000, 600_000, 3_600_000])('leaves room for the names of times over %d ms, at any width', (spanMs) => {
	for (const width of [320, 390, 1116, 1440, 3840]) {
		const { everyMs, named } = timeMarks(spanMs, width, 74);
		expect((everyMs * named * width) / spanMs).toBeGreaterThanOrEqual(74);
		expect(spanMs / (everyMs * named)).toBeGreaterThanOrEqual(2);
	}
});

it('turns a token into a pixel', () => {
	expect(abgr('#59e6c0', 1).toString(16)).toBe('ffc0e659');
	expect(abgr('#ffb02e', 0.5).toString(16)).toBe('802eb0ff');
});
