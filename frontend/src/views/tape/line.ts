import { clock, stretch } from '$lib/format/time';
import type { Density, View } from '$lib/state/reel.svelte';
import { timeMarks } from '$lib/ui/plot/axis';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Gap, Lane } from './lanes';

type Pen = CanvasRenderingContext2D;

/** Above the lanes stand the cursor's time and, below it, the names of the brackets; below them what was late, and the times. In px. */
export const headHeight = 30;
export const lateHeight = 20;
export const axisHeight = 22;

/** How high each lane is where there are so many. */
export function laneHeight(lanes: number): number {
	return lanes <= 6 ? 34 : 28;
}

/** How high the whole is. */
export function lineHeight(lanes: number): number {
	return headHeight + lanes * laneHeight(lanes) + lateHeight + axisHeight;
}

/** As far apart two steps are drawn, in px. */
export const stepPx = 4;

/** A gap narrower than this has no room for its words, in px. */
export const leastGapPx = 56;

/** What is drawn of a recording. */
export interface LinePlot {
	view: View;
	density: Density;
	lanes: readonly Lane[];
	gaps: readonly Gap[];
	words: { late: string; noData: string; more: (n: string) => string };
}

export function drawLine(pen: Pen, ink: Ink, plot: LinePlot, width: number): void {
	const { view, lanes } = plot;
	const perMs = width / Math.max(1e-6, view.to - view.from);
	const high = laneHeight(lanes.length);
	const floor = headHeight + lanes.length * high;
	drawTimes(pen, ink, view, perMs, width, floor + lateHeight);
	pen.fillStyle = ink.grid;
	for (let i = 1; i <= lanes.length; i++) pen.fillRect(0, headHeight + i * high - 1, width, 1);
	for (const [i, lane] of lanes.entries()) drawLane(pen, ink, plot, lane, headHeight + i * high, high, perMs, width);
	drawTroubles(pen, ink, plot, floor, perMs, width);
	for (const gap of plot.gaps) drawGap(pen, ink, plot, gap, high, perMs);
	for (const [i, lane] of lanes.entries()) nameLane(pen, ink, plot, lane, headHeight + i * high);
}

/** Where the middle of a step is. */
function placeOf({ view, density }: LinePlot, i: number, perMs: number): number {
	return (density.from + (i + 0.5) * density.stepMs - view.from) * perMs;
}

/** A lane's bars stand around its middle, as high as there are messages beside the most of any step. */
function drawLane(pen: Pen, ink: Ink, plot: LinePlot, lane: Lane, top: number, high: number, perMs: number, width: number): void {
	let most = 0;
	for (const n of lane.counts) most = Math.max(most, n);
	if (most === 0) return;
	const wide = Math.max(1, plot.density.stepMs * perMs * 0.6);
	pen.fillStyle = ink.series[lane.colour] ?? ink.text3;
	pen.globalAlpha = 0.85;
	for (const [i, n] of lane.counts.entries()) {
		if (n === 0) continue;
		const x = placeOf(plot, i, perMs);
		if (x < -wide || x > width + wide) continue;
		const tall = Math.max(2, (n / most) * (high - 8));
		pen.fillRect(x - wide / 2, top + (high - 1 - tall) / 2, wide, tall);
	}
	pen.globalAlpha = 1;
}

/** What was late rises from the floor; what was lost is higher, and hollow. */
function drawTroubles(pen: Pen, ink: Ink, plot: LinePlot, floor: number, perMs: number, width: number): void {
	const { late, lost, stepMs } = plot.density;
	const bottom = floor + lateHeight - 1;
	pen.fillStyle = ink.line;
	pen.fillRect(0, bottom, width, 1);
	let most = 1;
	for (const n of late) most = Math.max(most, n);
	const wide = Math.max(2, stepMs * perMs * 0.5);
	pen.fillStyle = ink.late;
	for (const [i, n] of late.entries()) {
		if (n === 0) continue;
		const tall = 4 + Math.sqrt(n / most) * (lateHeight - 6);
		pen.fillRect(placeOf(plot, i, perMs) - wide / 2, bottom - tall, wide, tall);
	}
	pen.strokeStyle = ink.lost;
	pen.lineWidth = 1;
	for (const [i, n] of lost.entries()) if (n > 0) pen.strokeRect(Math.round(placeOf(plot, i, perMs) - wide / 2) - 0.5, floor + 0.5, wide + 2, lateHeight - 2);
	pen.font = plotFont();
	pen.textAlign = 'left';
	pen.textBaseline = 'alphabetic';
	plate(pen, ink, 0, bottom - 15, pen.measureText(plot.words.late).width + 8, 14);
	pen.fillStyle = ink.late;
	pen.fillText(plot.words.late, 4, bottom - 5);
}

function drawGap(pen: Pen, ink: Ink, plot: LinePlot, gap: Gap, high: number, perMs: number): void {
	const left = placeOf(plot, gap.begin - 0.5, perMs);
	const right = placeOf(plot, gap.end - 0.5, perMs);
	if (right - left < leastGapPx) return;
	const middle = headHeight + ((gap.from + gap.to + 1) / 2) * high;
	const x = (left + right) / 2;
	pen.font = plotFont();
	pen.textAlign = 'center';
	pen.textBaseline = 'alphabetic';
	pen.fillStyle = ink.text2;
	pen.fillText(plot.words.noData, x, middle - 2);
	pen.fillStyle = ink.text3;
	pen.fillText(stretch((gap.end - gap.begin) * plot.density.stepMs), x, middle + 11);
}

/** The name stands on a ground of its own, for bars run below it. */
function nameLane(pen: Pen, ink: Ink, plot: LinePlot, lane: Lane, top: number): void {
	const name = lane.event || plot.words.more(String(lane.streams));
	pen.font = plotFont(11);
	pen.textAlign = 'left';
	pen.textBaseline = 'alphabetic';
	plate(pen, ink, 0, top + 4, 16 + pen.measureText(name).width + 5, 15);
	const colour = ink.series[lane.colour] ?? ink.text3;
	if (lane.colour === 0) {
		pen.strokeStyle = colour;
		pen.lineWidth = 1.5;
		pen.strokeRect(4.75, top + 8.75, 5.5, 5.5);
	} else {
		pen.fillStyle = colour;
		pen.fillRect(4, top + 8, 7, 7);
	}
	pen.fillStyle = ink.text;
	pen.fillText(name, 16, top + 15);
}

function plate(pen: Pen, ink: Ink, x: number, y: number, wide: number, high: number): void {
	pen.globalAlpha = 0.92;
	pen.fillStyle = ink.panel;
	pen.fillRect(x, y, wide, high);
	pen.globalAlpha = 1;
}

function drawTimes(pen: Pen, ink: Ink, view: View, perMs: number, width: number, floor: number): void {
	const span = view.to - view.from;
	const nameWidth = span < 30_000 ? 98 : 70; // with thousandths or without
	const { everyMs, named } = timeMarks(span, width, nameWidth);
	const every = Math.max(everyMs * named, Math.ceil((nameWidth / perMs) / (everyMs * named)) * everyMs * named);
	pen.font = plotFont();
	pen.textBaseline = 'alphabetic';
	pen.textAlign = 'left';
	for (let t = Math.ceil(view.from / every) * every; t <= view.to; t += every) {
		const x = Math.round((t - view.from) * perMs);
		pen.fillStyle = ink.grid;
		pen.fillRect(Math.min(x, width - 1), headHeight, 1, floor - headHeight);
		const name = every < 1000 ? `${clock(t)}.${String(Math.round(((t % 1000) + 1000) % 1000)).padStart(3, '0')}` : clock(t);
		if (x + 5 + pen.measureText(name).width > width) continue;
		pen.fillStyle = ink.text3;
		pen.fillText(name, x + 5, floor + 14);
	}
}
