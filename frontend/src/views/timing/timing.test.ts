import { expect, it, vi } from 'vitest';
import { LATE, MISSED, PUNCTUAL } from '$lib/state/emits';
import type { Group } from '$lib/state/streams.svelte';
import { madeStart as start, madeStep as step } from '$lib/state/madestep';
import type { Step } from '$lib/state/steps';
import { total } from '$lib/state/steps';
import type { Ink } from '$lib/ui/plot/ink';
import { legendOf } from './legend';
import { drawLens, look } from './lens';
import { topOf } from './spread';
import { driftOf, verdictOf } from './verdict';
import { stepAt, stepsBefore, windowTo } from './window';

const tenSeconds = (part: Partial<Step> = {}) => Array.from({ length: 10 }, (_, i) => step(i, part));

it('says how many kept the promise', () => {
	const steps = [...tenSeconds().slice(1), step(0, { emitted: 98, late: 7, missed_slots: 2 })];
	expect(verdictOf(true, total(steps), steps)).toEqual({ kind: 'told', total: 1000, kept: 993, late: 5, missed: 2, driftUs: 0 });
});

it('tells nothing known from nothing emitted', () => {
	const quiet = tenSeconds({ emitted: 0 });
	expect(verdictOf(true, total([]), [])).toEqual({ kind: 'none' });
	expect(verdictOf(false, total(quiet), quiet)).toEqual({ kind: 'quiet' });
});

it('knows of a drift in a lane with a pace only', () => {
	const steps = tenSeconds();
	expect(verdictOf(false, total(steps), steps)).toMatchObject({ driftUs: null });
});

it('calls it a drift when lateness grows over the window, and not when it wavers', () => {
	expect(driftOf(tenSeconds().map((s, i) => ({ ...s, lateness_p50_us: 9 + i * 100 })))).toBe(900);
	expect(driftOf(tenSeconds().map((s, i) => ({ ...s, lateness_p50_us: 9 + (i % 2) * 30 })))).toBe(0);
	expect(driftOf([step(0)])).toBeNull();
});

it('takes no stall for a drift', () => {
	const [stalled] = tenSeconds({ missed_slots: 60, emitted: 40, lateness_p50_us: 10_000 });
	expect(driftOf([...(stalled ? [stalled] : []), ...tenSeconds().slice(1)])).toBe(0);
});

it('takes the whole steps of a window, and those of a window that is held', () => {
	const steps = tenSeconds();
	expect(stepsBefore(steps, 1000, 3000, null).map((s) => s.at - start)).toEqual([7000, 8000, 9000]);
	expect(stepsBefore(steps, 1000, 3000, start + 5200).map((s) => s.at - start)).toEqual([2000, 3000, 4000]);
	expect(stepsBefore([], 1000, 3000, null)).toEqual([]);
});

it('finds the step a time falls into', () => {
	const steps = [step(0), step(2)];
	expect(stepAt(steps, 1000, start + 2999)).toBe(steps[1]);
	expect(stepAt(steps, 1000, start + 1500)).toBeUndefined();
});

it('moves by whole pixels', () => {
	const perPx = 10_000 / 1250;
	const a = windowTo(start + 3, 10_000, 1250);
	const b = windowTo(start + 3 + perPx, 10_000, 1250);
	expect(b.to - a.to).toBeCloseTo(perPx, 6);
	expect(windowTo(start + 4, 10_000, 1250)).toEqual(a);
	expect(a.to - a.from).toBe(10_000);
});

/** What a lens of 4 slots of 10 ms sees around a time. */
function through(at: number | null, emits: [at: number, us: number, kind: number][]) {
	return look({
		at,
		periodMs: 10,
		slots: 4,
		missedWord: '',
		emits: (from, to, each) => emits.filter(([t]) => !(t < from || t > to)).forEach(([t, us, kind]) => each(t, us, kind)),
	});
}

it('puts each emit into the slot it was due in, and a missed slot into its own', () => {
	const seen = through(1021, [
		[1000.009, 9, PUNCTUAL],
		[1010, 10_000, MISSED],
		[1024, 4000, LATE],
		[1030.002, 2, PUNCTUAL],
		[1090, 0, PUNCTUAL],
	]);
	expect(seen?.map((s) => [s.slot, s.kind])).toEqual([
		[-2, PUNCTUAL],
		[-1, MISSED],
		[0, LATE],
		[1, PUNCTUAL],
	]);
});

it('writes no two labels over each other, however close the marks are', () => {
	const labels: { text: string; from: number; to: number; y: number }[] = [];
	const wide = (text: string) => text.length * 6;
	const nothing = () => {};
	const pen = {
		setLineDash: nothing,
		beginPath: nothing,
		moveTo: nothing,
		lineTo: nothing,
		stroke: nothing,
		strokeRect: nothing,
		fillRect: nothing,
		measureText: (text: string) => ({ width: wide(text) }),
		fillText: (text: string, x: number, y: number) => labels.push({ text, from: x, to: x + wide(text), y }),
	};
	const emits: [number, number, number][] = [
		[1000, 10_000, MISSED],
		[1020, 10_000, LATE],
		[1021, 1000, LATE],
		[1022, 2000, LATE],
		[1030, 9, PUNCTUAL],
		[1032, 2000, LATE],
	];
	drawLens(
		pen as unknown as CanvasRenderingContext2D,
		{} as Ink,
		{ at: 1021, periodMs: 10, slots: 4, missedWord: 'missed', emits: (_from, _to, each) => emits.forEach((e) => each(...e)) },
		320,
		60,
	);
	expect(labels.length).toBeGreaterThan(3);
	const over = labels.flatMap((a, i) => labels.slice(i + 1).filter((b) => a.y === b.y && a.from < b.to && b.from < a.to).map((b) => `${a.text} and ${b.text}`));
	expect(over).toEqual([]);
});

it('sees nothing where nothing is kept', () => {
	expect(through(1000, [[5000, 1, PUNCTUAL]])).toBeNull();
	expect(through(null, [[5000, 1, PUNCTUAL]])).toBeNull();
});

it('scales shares to the window and to most of the steps, not to the one that stands out', () => {
	const line = (share: number) => Float64Array.of(0, share, 0);
	const steps = [0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.9].map(line);
	expect(topOf(line(0.24), steps)).toBeCloseTo(0.4, 9);
	expect(topOf(null, [])).toBeCloseTo(0.1, 9);
});

it('names a grey stream that is alone, and not several', () => {
	const group = (...colours: number[]): Group[] => [
		{
			namespace: '/a',
			perSecond: 0,
			streams: colours.map((colour, i) => ({ namespace: '/a', event: `e${i}`, count: 1, perSecond: 1, agoMs: 0, colour, history: [] })),
		},
	];
	expect(legendOf(group(0, 2, 1), '/a', [])).toEqual([
		{ series: 1, name: 'e2' },
		{ series: 2, name: 'e1' },
		{ series: 0, name: 'e0' },
	]);
	expect(legendOf(group(0, 0), '/a', [])).toEqual([{ series: 0, name: null }]);
	expect(legendOf(group(1), '/b', [])).toEqual([]);
});

it('paints a plot that has changed at once, and one that moves when it is its turn', async () => {
	const frames: (() => void)[] = [];
	vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
	vi.stubGlobal('cancelAnimationFrame', () => {});
	const { Stage } = await import('./stage');
	let now = 1000;
	const stage = new Stage(() => now);
	const still = vi.fn();
	const slow = vi.fn();
	stage.join({ paint: still, everyMs: null });
	stage.join({ paint: slow, everyMs: 100 });
	const refresh = () => frames.splice(0).forEach((f) => f());
	refresh();
	for (now = 1033; now < 1200; now += 33) {
		stage.move();
		refresh();
	}
	expect(still).toHaveBeenCalledTimes(1);
	expect(slow).toHaveBeenCalledTimes(2);
	vi.unstubAllGlobals();
});

it('paints in the next frame what would make one too long, and first what has waited longest', async () => {
	const frames: (() => void)[] = [];
	vi.stubGlobal('requestAnimationFrame', (callback: () => void) => frames.push(callback));
	const { Stage } = await import('./stage');
	let now = 1000;
	const stage = new Stage(() => now);
	let painted: string[] = [];
	for (const [name, everyMs, takesMs] of [['strip', 0, 2], ['rate', 0, 3], ['spread', null, 1], ['dial', 100, 9], ['lens', 250, 1]] as const) {
		stage.join({ paint: () => { painted.push(name); now += takesMs; }, everyMs });
	}
	const refresh = () => {
		painted = [];
		frames.splice(0).forEach((f) => f());
		now += 10;
		return painted;
	};
	expect([refresh(), refresh(), refresh()]).toEqual([['strip', 'rate'], ['spread', 'dial'], ['lens']]);
	expect(frames).toEqual([]);
	stage.move();
	expect([refresh(), frames.length]).toEqual([['strip', 'rate'], 0]);
	vi.unstubAllGlobals();
});
