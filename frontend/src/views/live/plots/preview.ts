import type { Ink } from '$lib/ui/plot/ink';
import { drawLine, rangeOf, type Sorted } from '$lib/ui/plot/line';

type Pen = CanvasRenderingContext2D;
export type Range = readonly [low: number, high: number];

/** Draws the newest points of a number by themselves, as wide as there is room, each as far from the next as any other. */
export function drawPreview(pen: Pen, ink: Ink, line: Sorted, colour: number, width: number, height: number): Range | null {
	const range = rangeOf(line, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
	if (!range) return null;
	const [low, high] = range;
	const step = width / Math.max(1, line.length - 1);
	const y = (value: number) => (high > low ? height - 4 - ((value - low) / (high - low)) * (height - 8) : height / 2);
	pen.strokeStyle = pen.fillStyle = ink.series[colour] ?? ink.text3;
	pen.lineWidth = 1.3;
	pen.lineJoin = 'round';
	const even = { x: Float64Array.from({ length: line.length }, (_, i) => i), y: line.y, length: line.length };
	drawLine(pen, even, { from: 0, to: Math.max(1, line.length - 1), perMs: step, left: 0, place: y });
	const last = line.y[line.length - 1] ?? Number.NaN;
	if (!Number.isNaN(last)) {
		pen.fillStyle = ink.accent;
		pen.beginPath();
		pen.arc(width - (line.length > 1 ? 0 : width), y(last), 2.5, 0, 2 * Math.PI);
		pen.fill();
	}
	return range;
}
