import { count, microsText } from '$lib/format/number';
import type { Depths } from '$lib/state/depths';
import { type RateRow, seriesCount } from '$lib/state/rates';
import type { Step } from '$lib/state/steps';
import { decadeName, type LogAxis, niceTop } from '$lib/ui/plot/axis';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import { drawDots, drawTrace, fillTrace, type Trace } from '$lib/ui/plot/trace';
import { drawLevel, drawLevelName, drawLimit, drawTimes } from './grid';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** Points of a line are drawn where a step is this wide, in px, or wider. */
export const dotsFrom = 12;

/** Traces of what is known of each step, at its middle; a missing step leaves a hole. */
export function tracesOf<S extends { at: number }>(
	steps: readonly S[],
	stepMs: number,
	window: Window,
	width: number,
	heights: readonly ((step: S) => number)[],
): Trace[] {
	const traces: Trace[] = heights.map(() => ({ x: [], y: [] }));
	let before = Number.NaN;
	for (const step of steps) {
		const isFar = step.at - before > 1.5 * stepMs;
		const x = ((step.at + stepMs / 2 - window.from) / (window.to - window.from)) * width;
		for (const [i, trace] of traces.entries()) {
			if (isFar) {
				trace.x.push(x);
				trace.y.push(Number.NaN);
			}
			trace.x.push(x);
			trace.y.push(heights[i]?.(step) ?? Number.NaN);
		}
		before = step.at;
	}
	return traces;
}

/** Steps that reach into the window, with one more on each side for the line to come from and go to. */
export function inSight<S extends { at: number }>(steps: readonly S[], stepMs: number, window: Window): readonly S[] {
	return steps.filter((s) => s.at + 2 * stepMs > window.from && s.at - stepMs < window.to);
}

/** Messages a second by stream, one above the other. */
export interface RatePlot {
	window: Window;
	rows: readonly RateRow[];
	stepMs: number;
	/** What the pace allows, in msg/s; 0 without one. */
	asked: number;
	askedWords: string;
}

/** The top of the axis. */
export function rateTop({ rows, asked, window, stepMs }: RatePlot): number {
	const sum = (r: RateRow) => r.perSecond.reduce((n, v) => n + v, 0);
	return niceTop(Math.max(asked, ...inSight(rows, stepMs, window).map(sum), 1));
}

export function drawRate(pen: Pen, ink: Ink, plot: RatePlot, top: number, width: number, height: number): void {
	const rows = inSight(plot.rows, plot.stepMs, plot.window);
	const level = rateLevel(top, height);
	drawTimes(pen, ink, plot.window, width, height);
	for (const v of [top / 2, top]) drawLevel(pen, ink, level(v), width);

	// From the floor up: the six colours, and all others on top.
	const order = [...Array.from({ length: seriesCount - 1 }, (_, i) => i + 1), 0].filter((s) => rows.some((r) => (r.perSecond[s] ?? 0) > 0));
	const upTo = (k: number) => (r: RateRow) => level(order.slice(0, k + 1).reduce((n, s) => n + (r.perSecond[s] ?? 0), 0));
	const traces = tracesOf(rows, plot.stepMs, plot.window, width, order.map((_, k) => upTo(k)));
	const hasDots = (plot.stepMs / (plot.window.to - plot.window.from)) * width >= dotsFrom;
	pen.lineWidth = 1.2;
	for (const [k, trace] of traces.entries()) {
		const colour = ink.series[order[k] ?? 0] ?? ink.text3;
		pen.fillStyle = pen.strokeStyle = colour;
		pen.globalAlpha = 0.16;
		fillTrace(pen, trace, traces[k - 1]?.y ?? height);
		pen.globalAlpha = 1;
		drawTrace(pen, trace);
		if (hasDots) drawDots(pen, trace, 3);
	}
}

/** What does not move: the names of the levels, and what was asked for. */
export function drawRateNames(pen: Pen, ink: Ink, { asked, askedWords }: RatePlot, top: number, width: number, height: number): void {
	const level = rateLevel(top, height);
	for (const v of [top / 2, top]) drawLevelName(pen, ink, level(v), short(v));
	if (asked === 0) return;
	const y = Math.round(level(asked)) + 0.5;
	pen.strokeStyle = pen.fillStyle = ink.accent;
	pen.lineWidth = 1;
	pen.setLineDash([1, 4]);
	pen.beginPath();
	pen.moveTo(0, y);
	pen.lineTo(width, y);
	pen.stroke();
	pen.setLineDash([]);
	pen.font = plotFont();
	pen.textAlign = 'right';
	pen.textBaseline = y > 16 ? 'bottom' : 'top';
	pen.fillText(askedWords, width - 8, y > 16 ? y - 2 : y + 3);
}

function rateLevel(top: number, height: number): (v: number) => number {
	return (v) => height - (v / top) * (height - 4);
}

/** How many messages wait, and how long those that left had waited. */
export interface QueuePlot {
	window: Window;
	steps: readonly Step[];
	stepMs: number;
	/** Finer than the steps, where it is kept; null where it is not drawn. */
	depths: Depths | null;
}

/** The hub tells of its lanes each 250 ms at least; a longer silence is a hole. */
const silenceMs = 2500;

/** The tops of both axes: messages, and µs; 0 where nothing is known of the wait. */
export interface QueueTops {
	depth: number;
	waitUs: number;
}

/** Draws both, each on an axis of its own, and returns what these reach to. */
export function drawQueue(pen: Pen, ink: Ink, plot: QueuePlot, width: number, height: number): QueueTops {
	const { window } = plot;
	const at: number[] = [];
	const depth: number[] = [];
	const oldest = plot.depths?.oldest ?? Number.POSITIVE_INFINITY;
	const put = (time: number, value: number, silence: number) => {
		if (time - (at.at(-1) ?? time) > silence) {
			at.push(time);
			depth.push(Number.NaN);
		}
		at.push(time);
		depth.push(value);
	};
	// What waits at the end of a step.
	for (const s of inSight(plot.steps, plot.stepMs, window)) if (s.at + plot.stepMs < oldest) put(s.at + plot.stepMs, s.depth, 1.5 * plot.stepMs);
	plot.depths?.each((time, value) => {
		if (time >= window.from - silenceMs && time <= window.to) put(time, value, silenceMs);
	});
	const most = depth.reduce((n, d) => (d > n ? d : n), 0);
	const top = niceTop(Math.max(most, 8));
	const level = (v: number) => height - 1 - (v / top) * (height - 5);
	drawTimes(pen, ink, window, width, height);
	drawLevel(pen, ink, level(top / 2), width);
	drawLevel(pen, ink, level(top), width);
	const scale = width / (window.to - window.from);
	const trace = { x: at.map((t) => (t - window.from) * scale), y: depth.map(level) };
	pen.fillStyle = pen.strokeStyle = ink.text2;
	pen.globalAlpha = 0.1;
	fillTrace(pen, trace, height);
	pen.globalAlpha = 1;
	pen.lineWidth = 1; // this plot is painted at each frame, and a hair's width is the quickest
	drawTrace(pen, trace);
	return { depth: top, waitUs: drawWait(pen, ink, plot, width, height) };
}

/** p50 and p99 of the wait; returns the top of its axis. */
function drawWait(pen: Pen, ink: Ink, { steps, stepMs, window }: QueuePlot, width: number, height: number): number {
	const shown = inSight(steps, stepMs, window);
	const most = shown.reduce((n, s) => Math.max(n, s.queue_wait?.p99_us ?? 0), 0);
	if (most === 0) return 0;
	const top = niceTop(Math.max(most, 100));
	const of = (us: (s: Step) => number | undefined) => (s: Step) => height - 1 - ((us(s) ?? Number.NaN) / top) * (height - 5);
	const [p50, p99] = tracesOf(shown, stepMs, window, width, [of((s) => s.queue_wait?.p50_us), of((s) => s.queue_wait?.p99_us)]);
	if (!p50 || !p99) return 0;
	pen.strokeStyle = ink.series[2] ?? ink.text2;
	drawTrace(pen, p50);
	pen.setLineDash([2, 3]);
	drawTrace(pen, p99);
	pen.setLineDash([]);
	return top;
}

/** The top of the queue's axis at the left, that of the wait's at the right. */
export function drawQueueNames(pen: Pen, ink: Ink, tops: QueueTops, width: number, height: number): void {
	drawLevelName(pen, ink, 4, short(tops.depth));
	if (tops.waitUs === 0 || height < 24) return;
	pen.textAlign = 'right';
	pen.fillStyle = ink.series[2] ?? ink.text2;
	pen.fillText(microsText(tops.waitUs), width - 6, 6);
}

/** Lateness of each step: p50, p99 and max. */
export interface PercentilePlot {
	window: Window;
	steps: readonly Step[];
	stepMs: number;
	axis: LogAxis;
	limitUs: number;
}

export function drawPercentiles(pen: Pen, ink: Ink, plot: PercentilePlot, width: number, height: number): void {
	const { axis, window, stepMs } = plot;
	const level = percentileLevel(axis, height);
	const of = (us: (s: Step) => number) => (s: Step) => (s.emitted + s.missed_slots > 0 ? level(us(s)) : Number.NaN);
	drawTimes(pen, ink, window, width, height);
	for (let power = 1; power <= axis.decades; power++) drawLevel(pen, ink, level(10 ** power), width);
	if (plot.limitUs < 10 ** axis.decades) drawLimit(pen, ink, level(plot.limitUs), width);
	const [p50, p90, p99, most] = tracesOf(inSight(plot.steps, stepMs, window), stepMs, window, width, [
		of((s) => s.lateness_p50_us),
		of((s) => s.lateness_p90_us),
		of((s) => s.lateness_p99_us),
		of((s) => s.lateness_max_us),
	]);
	if (!p50 || !p90 || !p99 || !most) return;
	pen.strokeStyle = pen.fillStyle = ink.accent;
	pen.globalAlpha = 0.65;
	pen.lineWidth = 1;
	pen.setLineDash([2, 3]);
	drawTrace(pen, most);
	pen.setLineDash([]);
	pen.globalAlpha = 0.8;
	pen.lineWidth = 1.1;
	drawTrace(pen, p99);
	pen.globalAlpha = 0.6;
	drawTrace(pen, p90);
	pen.globalAlpha = 1;
	pen.lineWidth = 1.8;
	drawTrace(pen, p50);
	if ((stepMs / (window.to - window.from)) * width >= dotsFrom) {
		for (const trace of [p50, p90, p99, most]) drawDots(pen, trace, 3);
		// Steps that passed the limit.
		const limit = level(plot.limitUs);
		pen.fillStyle = ink.late;
		drawDots(pen, { x: most.x, y: most.y.map((y) => (y < limit ? y : Number.NaN)) }, 5);
	}
}

/** The names of the decades, all of them where there is room. */
export function drawPercentileNames(pen: Pen, ink: Ink, axis: LogAxis, height: number): void {
	const level = percentileLevel(axis, height);
	const every = height > 16 * axis.decades ? 1 : 2;
	for (let power = every; power <= axis.decades; power += every) drawLevelName(pen, ink, level(10 ** power), decadeName(power));
}

function percentileLevel(axis: LogAxis, height: number): (us: number) => number {
	return (us) => height - 2 - axis.place(us) * (height - 6);
}

/** "50", "2.5", "1,200" */
function short(n: number): string {
	return n < 10 ? String(Number(n.toPrecision(2))) : count(n);
}
