import { describe, expect, it } from 'vitest';
import { binMs, bins, Density } from '$lib/state/density';
import type { Point } from '$lib/wire';

const start = Date.UTC(2025, 10, 22, 9, 0, 0);

function counts(density: Density): { all: number[]; hits: number[] } {
	const all: number[] = [];
	const hits: number[] = [];
	density.each((_, a, h) => {
		all.push(Math.round(a * 100) / 100);
		hits.push(Math.round(h * 100) / 100);
	});
	return { all, hits };
}
const point = (atMs: number, emitted: number) => ({ time: new Date(start + atMs).toISOString(), emitted, dropped: 0 }) as Point;

describe('Density', () => {
	it('keeps a steady rate flat, however frames fall into its bins', () => {
		const density = new Density();
		density.begin([point(-1000, 0)]);
		for (let at = 40; at <= 2000; at += 40) density.add(start + at, 4, 1);
		const { all, hits } = counts(density);
		expect(new Set(all.slice(-8))).toEqual(new Set([25]));
		expect(new Set(hits.slice(-8))).toEqual(new Set([6.25]));
	});

	it('begins with what the hub knows of its last minute, and counts nothing twice', () => {
		const density = new Density();
		density.begin([point(0, 40), point(1000, 80)]);
		density.begin([point(0, 40), point(1000, 80), point(2000, 4)]);
		expect(counts(density).all.slice(-12)).toEqual([10, 10, 10, 10, 20, 20, 20, 20, 1, 1, 1, 1]);
	});

	it('learns from the first whole second what came before the first frame', () => {
		const density = new Density();
		density.begin([point(0, 40)]);
		density.add(start + 1750, 10, 0); // tells of 250 ms
		density.mend(point(0, 40));
		density.add(start + 2000, 10, 0);
		density.mend(point(1000, 40));
		expect(counts(density).all.slice(-8)).toEqual([10, 10, 10, 10, 10, 10, 10, 10]);
	});

	it('shows 60 s, and the time nobody knows of as empty', () => {
		const density = new Density();
		density.add(start, 8, 8);
		density.add(start + 10_000, 4, 0);
		const { all } = counts(density);
		expect(all.length).toBe(bins);
		expect(all.reduce((sum, n) => sum + n, 0)).toBe(12);
		density.add(start + bins * binMs * 3, 1, 0);
		expect(counts(density).all.reduce((sum, n) => sum + n, 0)).toBe(1);
	});

	it('forgets the hits of another query', () => {
		const density = new Density();
		density.add(start, 8, 8);
		density.clearHits();
		expect(counts(density).hits.every((n) => n === 0)).toBe(true);
		expect(counts(density).all.at(-1)).toBe(8);
	});
});
