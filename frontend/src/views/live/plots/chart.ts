import { clock, clockMillis, moment } from '$lib/format/time';
import type { Scale, Series } from '$lib/state/plot.svelte';
import type { PlotTime } from '$lib/state/plots.svelte';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import { drawLine, rangeOf, type Sorted } from '$lib/ui/plot/line';
import { plain, ticksOf } from '$lib/ui/plot/ticks';

type Pen = CanvasRenderingContext2D;
export type Range = readonly [low: number, high: number];

/** Room above and below the plot, and at its right where no values stand, in px. */
const margin = { top: 8, right: 10, bottom: 18 };

/** Values are at least this far from the side and 6 px from the plot, in px: charts with short ones are in line. */
const leastAxis = 40;

/** Where the plot is in its chart, from the left, in px. */
export interface Area {
	left: number;
	right: number;
}

/** From one time to another, in ms. */
export interface Window {
	from: number;
	to: number;
}

/** A range this much smaller than that of all series together would look like a flat line on one axis. */
const flatBelow = 1 / 20;

/** Whether series with these ranges are drawn on one axis, or each on its own. */
export function sharesAxis(scale: Scale, ranges: readonly Range[]): boolean {
	if (scale !== 'auto') return scale === 'shared';
	const all = Math.max(...ranges.map((r) => r[1])) - Math.min(...ranges.map((r) => r[0]));
	return ranges.every(([low, high]) => high === low || high - low >= all * flatBelow);
}

/** Ranges of axes. One that is held changes only when what it shows leaves it, or has become small in it. */
export class Axes {
	#held = new Map<unknown, Range>();

	fit(key: unknown, [low, high]: Range): Range {
		const before = this.#held.get(key);
		if (before && low >= before[0] && high <= before[1] && high - low > (before[1] - before[0]) / 2) return before;
		const air = high > low ? (high - low) * 0.12 : Math.max(Math.abs(high) * 0.02, 1e-9);
		const range: Range = [low - air, high + air];
		this.#held.set(key, range);
		return range;
	}
}

/** What one chart shows. */
export interface Plot {
	window: Window;
	x: PlotTime;
	series: readonly Series[];
	scale: Scale;
	/** Times to mark, such as that of the selected message. */
	marks: readonly number[];
}

/** Where a chart's series stand: each with the range of its axis, if it has points in sight. */
export function layoutOf({ window, x, series, scale }: Plot, axes: Axes): { lines: { series: Series; line: Sorted; range: Range }[]; isShared: boolean } {
	const found = series.flatMap((s) => {
		const line = s.points.by(x);
		const range = rangeOf(line, window.from, window.to);
		return range ? [{ series: s, line, range: range as Range }] : [];
	});
	const isShared = found.length > 0 && sharesAxis(scale, found.map((f) => f.range));
	const all: Range = [Math.min(...found.map((f) => f.range[0])), Math.max(...found.map((f) => f.range[1]))];
	const shared = isShared ? axes.fit('shared', all) : null;
	return { lines: found.map((f) => ({ ...f, range: shared ?? axes.fit(f.series, f.range) })), isShared };
}

/** Draws a chart and returns where its plot is. */
export function drawChart(pen: Pen, ink: Ink, plot: Plot, axes: Axes, width: number, height: number): Area {
	const { lines, isShared } = layoutOf(plot, axes);
	const floor = height - margin.bottom;
	const { from, to } = plot.window;
	const place = ([low, high]: Range) => (value: number) => floor - ((value - low) / (high - low)) * (floor - margin.top);
	pen.font = plotFont();

	// Two series with an axis each have one on each side; of more only the legend tells the values.
	const named = isShared ? lines.slice(0, 1) : lines.length <= 2 ? lines : [];
	const values = named.map(({ series, range }) => ({
		names: valuesOf(range, floor - margin.top),
		place: place(range),
		isRight: named.length === 2 && series === lines[1]?.series,
		colour: named.length < 2 ? ink.text3 : (ink.series[series.colour] ?? ink.text3),
	}));
	const roomFor = (isRight: boolean, least: number) =>
		Math.max(least, ...values.filter((v) => v.isRight === isRight).flatMap((v) => v.names.map((n) => pen.measureText(n.text).width + 12)));
	const area = { left: roomFor(false, leastAxis), right: width - roomFor(true, named.length === 2 ? leastAxis : margin.right) };
	const perMs = (area.right - area.left) / Math.max(1e-6, to - from);

	drawTimes(pen, ink, plot.window, area, floor, perMs);
	for (const axis of values) drawValues(pen, ink, axis, area);
	pen.save();
	pen.beginPath();
	pen.rect(area.left, 0, area.right - area.left, height);
	pen.clip();
	for (const mark of plot.marks) {
		pen.fillStyle = ink.gridStrong;
		pen.fillRect(area.left + (mark - from) * perMs, margin.top, 1, floor - margin.top);
	}
	pen.lineWidth = 1.3;
	pen.lineJoin = 'round';
	for (const { series, line, range } of lines) {
		pen.strokeStyle = pen.fillStyle = ink.series[series.colour] ?? ink.text3;
		pen.setLineDash(series.colour === 0 ? [3, 2] : []);
		drawLine(pen, line, { from, to, perMs, left: area.left, place: place(range) });
	}
	pen.restore();
	return area;
}

/** One axis of values. */
interface Axis {
	names: { value: number; text: string }[];
	place: (value: number) => number;
	isRight: boolean;
	colour: string;
}

/** The least distance of two values on an axis, in px. */
const valueHeight = 24;

function valuesOf(range: Range, height: number): Axis['names'] {
	const { values, decimals } = ticksOf(range[0], range[1], Math.max(2, Math.floor(height / valueHeight)));
	return values.map((value) => ({ value, text: plain(value, decimals) }));
}

function drawValues(pen: Pen, ink: Ink, { names, place, isRight, colour }: Axis, { left, right }: Area): void {
	pen.textAlign = isRight ? 'left' : 'right';
	pen.textBaseline = 'middle';
	for (const { value, text } of names) {
		const y = Math.round(place(value));
		if (!isRight) {
			pen.fillStyle = ink.grid;
			pen.fillRect(left, y, right - left, 1);
		}
		pen.fillStyle = colour;
		pen.fillText(text, isRight ? right + 6 : left - 6, y);
	}
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const steps = [
	...[1, 2, 5, 10, 20, 50, 100, 200, 500],
	...[1, 2, 5, 10, 15, 30].map((n) => n * second),
	...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
	...[1, 2, 6, 12, 24, 48, 168].map((n) => n * hour),
];

/** The room a time's name needs, in px. */
const timeWidth = 74;

function drawTimes(pen: Pen, ink: Ink, { from, to }: Window, { left, right }: Area, floor: number, perMs: number): void {
	const step = steps.find((s) => s * perMs >= timeWidth) ?? 720 * hour;
	const name = step < second ? clockMillis : (ms: number) => (step < hour ? clock(ms) : moment(ms, Date.now()));
	const zone = new Date(to).getTimezoneOffset() * minute; // round hours are those of the reader
	pen.textAlign = 'center';
	pen.textBaseline = 'alphabetic';
	for (let at = Math.ceil((from - zone) / step) * step + zone; at <= to; at += step) {
		const x = left + (at - from) * perMs;
		pen.fillStyle = ink.grid;
		pen.fillRect(Math.round(x), margin.top, 1, floor - margin.top);
		if (x < left + timeWidth / 3 || x > right - timeWidth / 3) continue;
		pen.fillStyle = ink.text3;
		pen.fillText(name(at), x, floor + 12);
	}
	pen.fillStyle = ink.gridStrong;
	pen.fillRect(left, floor, right - left, 1);
}
