import { describe, expect, it } from 'vitest';
import { Points } from '$lib/state/points';

const past = (times: number[], values: number[] = times) => ({
	query: '', pointer: '', found: values.length, time_us: times.map((t) => t * 1000), values,
});

const shown = (p: Points) => Array.from({ length: p.length }, (_, i) => [p.at[i], p.value[i]]);
const xs = (p: Points) => Array.from(p.at.slice(0, p.length));

describe('points', () => {
	it('counts back from the time of the frame', () => {
		const p = new Points();
		p.add({ id: 1, ago_us: [2000, 500], values: [1, 2], source_us: [0, 900_000] }, 1_000_000);
		expect(shown(p)).toEqual([[998, 1], [999.5, 2]]);
		expect(Array.from(p.source.slice(0, 2))).toEqual([Number.NaN, 900]);
		expect(p.last).toBe(2);
	});

	it('puts a late point where it belongs', () => {
		const p = new Points();
		for (const at of [1, 3, 4, 2]) p.push(at, Number.NaN, at);
		expect(xs(p)).toEqual([1, 2, 3, 4]);
	});

	it('joins the past to what frames told, without a hole and without a double', () => {
		const p = new Points();
		p.push(11, Number.NaN, 11);
		p.push(12, Number.NaN, 12);
		p.fill(past([8, 9, 10, 11]), 10);
		expect(xs(p)).toEqual([8, 9, 10, 11, 12]);
	});

	it('takes the past for what it knew before, where they meet', () => {
		const p = new Points();
		p.fill(past([1, 2, 3]), 3);
		p.push(11, Number.NaN, 11);
		p.fill(past([2, 3, 7, 8]), 10);
		expect(xs(p)).toEqual([1, 2, 3, 7, 8, 11]);
		expect(shown(p).some(([, v]) => Number.isNaN(v))).toBe(false);
	});

	it('shows the gap where the hub forgot what was between', () => {
		const p = new Points();
		p.fill(past([1, 2, 3]), 3);
		p.fill(past([8, 9]), 10);
		p.push(11, Number.NaN, 11);
		expect(shown(p)).toEqual([[1, 1], [2, 2], [3, 3], [3, Number.NaN], [8, 8], [9, 9], [11, 11]]);
		p.fill(past([]), 20);
		expect(p.last).toBe(null);
		p.gap();
		expect(shown(p).filter(([, v]) => Number.isNaN(v))).toHaveLength(2);
	});

	it('folds what is old, and keeps order, extremes and gaps', () => {
		const p = new Points(100);
		for (let i = 0; i < 1000; i++) {
			p.push(i, Number.NaN, i === 77 ? 1e6 : i === 13 ? -1e6 : Math.sin(i));
			if (i === 40) p.gap();
		}
		expect(p.length).toBeLessThanOrEqual(100);
		expect(xs(p)).toEqual(xs(p).toSorted((a, b) => a - b));
		const values = shown(p).map(([, v]) => v ?? 0);
		expect(Math.max(...values.filter((v) => !Number.isNaN(v)))).toBe(1e6);
		expect(Math.min(...values.filter((v) => !Number.isNaN(v)))).toBe(-1e6);
		expect(values.filter(Number.isNaN)).toHaveLength(1);
		expect(xs(p).slice(-37)).toEqual(Array.from({ length: 37 }, (_, i) => 963 + i));
		expect(p.coarseTo).toBeLessThan(963);
	});

	it.each([10, 1000, 5000])('keeps all ages in proportion, at %d a second', (perSecond) => {
		const p = new Points();
		for (let i = 0; i <= 60 * perSecond; i++) p.push((i * 1000) / perSecond, Number.NaN, Math.sin(i));
		expect(p.at[0]).toBeLessThan(0.01 * p.newest); // the very first need not be an extreme
		const holes = xs(p).slice(1).map((at, i) => ({ ms: at - (p.at[i] ?? 0), age: p.newest - at }));
		const wide = holes.filter(({ ms, age }) => ms > 1500 / perSecond && ms > 0.015 * age);
		expect(wide).toEqual([]);
	});

	it('takes any number of gaps', () => {
		const p = new Points(100);
		for (let i = 0; i < 1000; i++) {
			p.push(i, Number.NaN, i);
			p.gap();
		}
		expect(p.length).toBeLessThanOrEqual(100);
		expect(xs(p)).toEqual(xs(p).toSorted((a, b) => a - b));
		expect(p.at[p.length - 1]).toBe(999);
	});

	it.each([5, 5000])('sorts by the producer’s time, %d points that come in the wrong order', (n) => {
		const p = new Points();
		for (let i = 0; i < n; i++) p.push(i, n - i, i);
		p.push(n, Number.NaN, n);
		const line = p.by('source');
		expect(line.length).toBe(n);
		expect(Array.from(line.x.slice(0, 5))).toEqual([1, 2, 3, 4, 5]);
		expect(line.y[0]).toBe(n - 1);
	});

	it('keeps the newest', () => {
		const p = new Points(10);
		for (let i = 0; i < 8; i++) p.push(i, Number.NaN, i);
		p.keep(3);
		expect(xs(p)).toEqual([5, 6, 7]);
	});
});
