import { microsText } from '$lib/format/number';
import { perDecade } from '$lib/state/steps';
import { decadeName, type LogAxis } from '$lib/ui/plot/axis';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Quantiles, Spread } from '$lib/wire';

type Pen = CanvasRenderingContext2D;

/** How the interval errors of one way are spread. */
export interface HistogramPlot {
	axis: LogAxis;
	spread: Spread | undefined;
	marks: Quantiles;
	/** It is the lane's, and not one that it is compared with. */
	isLane: boolean;
}

const markWidth = 74;

/** Bars, a tenth of a decade each: nothing is drawn that nobody measured. */
export function drawHistogram(pen: Pen, ink: Ink, plot: HistogramPlot, width: number, height: number): void {
	const floor = height - 1;
	grid(pen, ink, plot.axis, width, floor);
	const { spread, marks } = plot;
	const most = Math.max(0, ...(spread?.counts ?? []));
	if (!spread || most === 0) return;
	const wide = width / (plot.axis.decades * perDecade);
	pen.fillStyle = plot.isLane ? ink.accent : ink.text3;
	for (const [i, n] of spread.counts.entries()) {
		if (n === 0) continue;
		const tall = Math.max(1, (n / most) * (floor - 22));
		pen.fillRect((spread.first + i) * wide, floor - tall, Math.max(1, wide - 1), tall);
	}
	pen.textBaseline = 'top';
	pen.font = plotFont();
	let free = 0; // where the next name may begin
	for (const [name, us] of [['p50', marks.p50_us], ['p99', marks.p99_us], ['max', marks.max_us]] as const) {
		const x = Math.min(width - 1, Math.round(plot.axis.place(us) * width));
		pen.fillStyle = ink.text;
		pen.fillRect(x, 16, 1, floor - 16);
		const text = `${name} ${microsText(us)}`;
		const place = Math.min(Math.max(free, x + 4), width - pen.measureText(text).width);
		if (place < free) continue; // the readings below say it, too
		pen.textAlign = 'left';
		pen.fillText(text, place, 2);
		free = place + Math.max(markWidth, pen.measureText(text).width + 8);
	}
}

function grid(pen: Pen, ink: Ink, axis: LogAxis, width: number, floor: number): void {
	for (let power = 0; power <= axis.decades; power++) {
		pen.fillStyle = ink.gridStrong;
		pen.fillRect(Math.min(Math.round((power / axis.decades) * width), width - 1), 0, 1, floor);
		pen.fillStyle = ink.grid;
		for (const digit of [2, 5]) pen.fillRect(Math.round(axis.place(digit * 10 ** power) * width), 0, 1, floor);
	}
	pen.fillStyle = ink.line;
	pen.fillRect(0, floor, width, 1);
}

/** The names of the decades, below the last histogram. */
export function drawDecades(pen: Pen, ink: Ink, axis: LogAxis, width: number): void {
	pen.font = plotFont();
	pen.fillStyle = ink.text3;
	pen.textBaseline = 'top';
	for (let power = 0; power <= axis.decades; power++) {
		pen.textAlign = power === 0 ? 'left' : power === axis.decades ? 'right' : 'center';
		pen.fillText(decadeName(power), (power / axis.decades) * width, 3);
	}
}
