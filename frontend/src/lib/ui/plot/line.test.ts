import { expect, it } from 'vitest';
import { drawLine, indexAt, rangeOf, type Sorted, valueAt } from '$lib/ui/plot/line';

const line = (points: [number, number][]): Sorted => ({ x: Float64Array.from(points, ([x]) => x), y: Float64Array.from(points, ([, y]) => y), length: points.length });

/** A pen that remembers where it was. */
function pen() {
	const at: string[] = [];
	const note = (what: string) => (x: number, y: number) => void at.push(`${what}${Math.round(x)},${y}`);
	return { at, beginPath() {}, stroke() {}, moveTo: note('m'), lineTo: note('l'), fillRect: note('d') };
}

const drawn = (l: Sorted, from: number, to: number, width: number) => {
	const p = pen();
	drawLine(p as unknown as CanvasRenderingContext2D, l, { from, to, perMs: width / (to - from), left: 0, place: (v) => v });
	return p.at;
};

it('finds points by their time', () => {
	const l = line([[1, 10], [3, 30], [5, Number.NaN], [7, 70]]);
	expect([0, 1, 2, 3, 8].map((t) => indexAt(l, t))).toEqual([0, 0, 1, 1, 4]);
	expect([0, 1, 2, 3, 6, 9].map((t) => valueAt(l, t))).toEqual([null, 10, 10, 30, null, 70]);
	expect(valueAt(line([[1704110459000, 5]]), 1704110459000)).toBe(5);
	expect(rangeOf(l, 2, 4)).toEqual([10, 30]);
	expect(rangeOf(l, 4.5, 4.6)).toEqual([30, 30]);
	expect(rangeOf(line([]), 0, 1)).toBe(null);
});

it('breaks the line in a gap, and shows each point that stands apart', () => {
	expect(drawn(line([[0, 1], [10, 2], [10, Number.NaN], [30, 3]]), 0, 40, 400)).toEqual(['m0,1', 'l100,2', 'm300,3', 'd-1,-0.5', 'd99,0.5', 'd299,1.5']);
});

it('goes through the extremes of each column of pixels, and draws no more than those', () => {
	const many: [number, number][] = Array.from({ length: 10_000 }, (_, i) => [i, i === 5003 ? 999 : i % 7]);
	const at = drawn(line(many), 0, 10_000, 100);
	expect(at.length).toBeLessThanOrEqual(4 * 102);
	expect(at.some((p) => p.endsWith(',999'))).toBe(true);
	expect(at.filter((p) => p.startsWith('d'))).toEqual([]);
});
