import { expect, it } from 'vitest';
import { clientAt, isHatched, mix, planHeat, worstOf } from './heat';

const rows = (...levels: number[][]) => levels.map((l, i) => ({ id: String(i), levels: new Uint8Array(l) }));

it('gives a few clients rows of a readable height, and many one pixel for several', () => {
	expect(planHeat(3, 119, 300)).toEqual({ steps: 119, lines: 3, lineHeight: 18, height: 54 });
	expect(planHeat(200, 119, 300).lineHeight).toBe(1.5);
	expect(planHeat(10_000, 119, 300)).toEqual({ steps: 119, lines: 300, lineHeight: 1, height: 300 });
	expect(planHeat(0, 119, 300).height).toBe(0);
});

it('shows the worst of the clients that share a line', () => {
	expect([...worstOf(rows([1, 2, 3], [9], [255, 0, 0], [4, 4, 4]), planHeat(4, 3, 2))]).toEqual([1, 2, 9, 255, 4, 4]);
});

it('leaves out what was before a client came', () => {
	expect([...worstOf(rows([7], []), planHeat(2, 3, 100))]).toEqual([-1, -1, 7, -1, -1, -1]);
});

it('knows which client stands at a height', () => {
	const plan = planHeat(10_000, 119, 300);
	expect([0, 150, 299.99, 300, -1].map((y) => clientAt(plan, 10_000, y))).toEqual([0, 5000, 9999, null, null]);
	const few = planHeat(2, 119, 300);
	expect([17, 18, 36].map((y) => clientAt(few, 2, y))).toEqual([0, 1, null]);
});

it('hatches what is full, be messages missed or not', () => {
	expect([0, 127, 249, 250, 254, 255].map(isHatched)).toEqual([false, false, false, true, true, true]);
});

it('mixes two colours', () => {
	expect(mix('#ff0000', '#0000ff', 0.5)).toBe('#800080');
	expect(mix('#ffffff', '#000000', 1)).toBe('#ffffff');
});
