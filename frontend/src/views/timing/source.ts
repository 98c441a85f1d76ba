import { microsText } from '$lib/format/number';
import type { Step } from '$lib/state/steps';
import { niceTop } from '$lib/ui/plot/axis';
import type { Ink } from '$lib/ui/plot/ink';
import { drawDots, drawTrace } from '$lib/ui/plot/trace';
import { drawLevel, drawLevelName, drawTimes } from './grid';
import { dotsFrom, inSight, tracesOf } from './tracks';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** Latency from the source of each step: p50 and p99. */
export interface SourcePlot {
	window: Window;
	steps: readonly Step[];
	stepMs: number;
}

/** What the axis reaches from and to, in µs: zero is always on it, and negative values have their place. */
export function sourceRange(steps: readonly Step[]): { from: number; to: number } {
	const all = steps.flatMap(({ source_latency: s }) => (s ? [s.p50_us, s.p99_us] : []));
	const high = Math.max(0, ...all);
	const low = Math.min(0, ...all);
	return { from: low < 0 ? -niceTop(-low) : 0, to: high > 0 || low === 0 ? niceTop(Math.max(high, 100)) : 0 };
}

export function drawSource(pen: Pen, ink: Ink, { window, steps, stepMs }: SourcePlot, width: number, height: number): void {
	const shown = inSight(steps, stepMs, window);
	const { from, to } = sourceRange(shown);
	const level = (us: number) => height - 2 - ((us - from) / (to - from)) * (height - 6);
	drawTimes(pen, ink, window, width, height);
	const levels = from < 0 && to > 0 ? [from, to] : from < 0 ? [from] : height < 48 ? [to] : [to / 2, to];
	for (const us of levels) drawLevel(pen, ink, level(us), width);
	pen.fillStyle = ink.line;
	if (from < 0) pen.fillRect(0, Math.round(level(0)), width, 1);
	const [p50, p99] = tracesOf(shown, stepMs, window, width, [
		(s) => (s.source_latency ? level(s.source_latency.p50_us) : Number.NaN),
		(s) => (s.source_latency ? level(s.source_latency.p99_us) : Number.NaN),
	]);
	if (!p50 || !p99) return;
	pen.strokeStyle = pen.fillStyle = ink.text2;
	pen.lineWidth = 1;
	pen.setLineDash([2, 3]);
	drawTrace(pen, p99);
	pen.setLineDash([]);
	drawTrace(pen, p50);
	if ((stepMs / (window.to - window.from)) * width >= dotsFrom) for (const trace of [p50, p99]) drawDots(pen, trace, 3);
	for (const us of from < 0 ? [...levels, 0] : levels) drawLevelName(pen, ink, level(us), us === 0 ? '0' : `${us < 0 ? '−' : ''}${microsText(Math.abs(us))}`);
}
