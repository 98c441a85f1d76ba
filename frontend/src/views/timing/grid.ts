import { clock, clockMillis } from '$lib/format/time';
import { timeMarks } from '$lib/ui/plot/axis';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** How wide the name of a time is, with air around it, in px. */
const nameWidth = 74;

/** The same where it tells milliseconds. */
const millisWidth = 98;

function marksOf(spanMs: number, width: number) {
	const marks = timeMarks(spanMs, width, nameWidth);
	return marks.everyMs * marks.named < 1000 ? timeMarks(spanMs, width, millisWidth) : marks;
}

/** The promise: lines at round times, the same on every plot of the axis. */
export function drawTimes(pen: Pen, ink: Ink, window: Window, width: number, height: number): void {
	const spanMs = window.to - window.from;
	const { everyMs, named } = marksOf(spanMs, width);
	for (let at = Math.ceil(window.from / everyMs) * everyMs; at <= window.to; at += everyMs) {
		pen.fillStyle = Math.round(at / everyMs) % named === 0 ? ink.gridStrong : ink.grid;
		pen.fillRect(Math.round(((at - window.from) / spanMs) * width), 0, 1, height);
	}
}

/** The names of those times, in the reader's zone. */
export function drawTimeNames(pen: Pen, ink: Ink, window: Window, width: number, height: number): void {
	const spanMs = window.to - window.from;
	const { everyMs, named } = marksOf(spanMs, width);
	const step = everyMs * named;
	pen.font = plotFont();
	pen.fillStyle = ink.text3;
	pen.textBaseline = 'middle';
	pen.textAlign = 'left';
	for (let at = Math.ceil(window.from / step) * step; at <= window.to; at += step) {
		const x = Math.round(((at - window.from) / spanMs) * width);
		const name = step >= 60_000 ? clock(at).slice(0, 5) : step >= 1000 ? clock(at) : clockMillis(at);
		if (x + nameWidth < width + 20) pen.fillText(name, x + 4, height / 2);
	}
}

/** A level line across the plot. */
export function drawLevel(pen: Pen, ink: Ink, y: number, width: number): void {
	pen.fillStyle = ink.grid;
	pen.fillRect(0, Math.round(y), width, 1);
}

/** The name of a level, just below it at the left; drawn last, on a ground of its own, so that no line runs through. */
export function drawLevelName(pen: Pen, ink: Ink, y: number, name: string): void {
	pen.font = plotFont();
	pen.textAlign = 'left';
	pen.textBaseline = 'top';
	pen.fillStyle = ink.panel;
	pen.globalAlpha = 0.85;
	pen.fillRect(0, Math.round(y) + 1, pen.measureText(name).width + 8, 12);
	pen.globalAlpha = 1;
	pen.fillStyle = ink.text3;
	pen.fillText(name, 4, Math.round(y) + 2);
}

/** The late limit: a dashed line in the colour of lateness. */
export function drawLimit(pen: Pen, ink: Ink, y: number, width: number): void {
	pen.strokeStyle = ink.late;
	pen.globalAlpha = 0.7;
	pen.lineWidth = 1;
	pen.setLineDash([2, 4]);
	pen.beginPath();
	pen.moveTo(0, Math.round(y) + 0.5);
	pen.lineTo(width, Math.round(y) + 0.5);
	pen.stroke();
	pen.setLineDash([]);
	pen.globalAlpha = 1;
}
