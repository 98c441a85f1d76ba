import { expect, it } from 'vitest';
import { Depths } from '$lib/state/depths';

it('keeps the newest, oldest first, and tells what waited at a time', () => {
	const depths = new Depths(3);
	for (let i = 0; i < 5; i++) depths.add(i * 50, i);
	const all: number[] = [];
	depths.each((at, depth) => all.push(at, depth));
	expect(all).toEqual([100, 2, 150, 3, 200, 4]);
	expect(depths.oldest).toBe(100);
	expect(depths.before(160)).toBe(3);
	expect(depths.before(99)).toBeNull();
});

it('knows nothing after it was cleared', () => {
	const depths = new Depths(3);
	depths.add(50, 7);
	depths.clear();
	expect(depths.oldest).toBe(Number.POSITIVE_INFINITY);
	expect(depths.before(60)).toBeNull();
});

it('is copied as it is, and what comes later leaves the copy alone', () => {
	const depths = new Depths(2);
	depths.add(1, 10);
	const copy = depths.copy();
	depths.add(2, 20);
	depths.add(3, 30);
	expect([copy.before(9), depths.before(9)]).toEqual([10, 30]);
	expect(depths.before(1)).toBeNull();
});
