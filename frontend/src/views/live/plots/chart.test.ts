import { describe, expect, it } from 'vitest';
import { Series } from '$lib/state/plot.svelte';
import { Axes, sharesAxis } from './chart';
import { windowOf } from './window';

const series = (points: [at: number, source: number][]) => {
	const s = new Series(1, { query: '', pointer: '', name: '', colour: 0 });
	for (const [at, source] of points) s.points.push(at, source, 1);
	return s;
};

describe('axes', () => {
	it('are shared until a line would look flat', () => {
		expect(sharesAxis('auto', [[231.2, 231.5], [231.3, 231.6]])).toBe(true);
		expect(sharesAxis('auto', [[231.2, 231.5], [4e7, 5e7]])).toBe(false);
		expect(sharesAxis('auto', [[231.2, 231.5], [231.4, 231.4]])).toBe(true);
		expect(sharesAxis('shared', [[0, 1], [0, 1e9]])).toBe(true);
		expect(sharesAxis('own', [[0, 1], [0, 1]])).toBe(false);
	});
	it('stand still while what they show fits, and shrink once it is small', () => {
		const axes = new Axes();
		const first = axes.fit('a', [0, 10]);
		expect(first[0]).toBeLessThan(0);
		expect(axes.fit('a', [1, 9])).toBe(first);
		expect(axes.fit('a', [1, 12])).not.toBe(first);
		expect(axes.fit('a', [4, 5])[1]).toBeLessThan(6);
		expect(axes.fit('b', [5, 5])[0]).toBeLessThan(5);
	});
});

describe('the time a chart shows', () => {
	const edge = 1_000_000;
	it('ends now', () => {
		expect(windowOf([series([[1, 1]])], 'server', '10s', edge, null)).toEqual({ from: edge - 10_000, to: edge });
		expect(windowOf([series([[edge, edge - 3]])], 'source', '10s', edge, null).to).toBe(edge);
	});
	it('ends where the producer’s clock is, if that is another', () => {
		expect(windowOf([series([[edge, 5000]])], 'source', '1m', edge, null).to).toBe(5000);
		expect(windowOf([series([[edge, edge * 2]])], 'source', '1m', edge, null).to).toBe(edge * 2);
	});
	it('holds still while somebody looks', () => {
		expect(windowOf([], 'server', '1m', edge, 77)).toEqual({ from: 77 - 60_000, to: 77 });
	});
	it('begins with the first point where all is shown', () => {
		expect(windowOf([series([[500, 1], [900, 1]])], 'server', 'all', 3000, null)).toEqual({ from: 500, to: 3000 });
		expect(windowOf([], 'server', 'all', 3000, null)).toEqual({ from: 2000, to: 3000 });
	});
});
