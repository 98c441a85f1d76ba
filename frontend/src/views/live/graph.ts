import uPlot from 'uplot';
import type { Second } from '$lib/state/meter.svelte';
import { token } from '$lib/ui/colour';
import type { Words } from '$messages';

/** How much time the graph shows, in s. */
const spanSeconds = 60;

/** The lateness axis: 1 µs to 10 ms, and further where it must. */
const floorUs = 1;
const leastTopUs = 10_000;

/** What the graph draws besides the data. */
export interface Frame {
	words: Words;
	/** The late limit in microseconds; null before it is known. */
	limitUs: number | null;
}

/**
 * The columns of the graph: time, rate, lateness. A second that nobody knows
 * of breaks the lines.
 */
export function columns(history: readonly Second[]): uPlot.AlignedData {
	const at: number[] = [];
	const rate: (number | null)[] = [];
	const lateness: (number | null)[] = [];
	let before: number | null = null;
	for (const second of history) {
		if (before !== null && second.at - before > 1.5) {
			at.push(before + 1);
			rate.push(null);
			lateness.push(null);
		}
		at.push(second.at);
		rate.push(second.emitted);
		lateness.push(second.p99Us === null ? null : Math.max(floorUs, second.p99Us));
		before = second.at;
	}
	return [at, rate, lateness];
}

/** How to draw them. frame is asked at each drawing, so that words and colours may change. */
export function graphOptions(frame: () => Frame, oncursor: (index: number | null) => void): Omit<uPlot.Options, 'width' | 'height'> {
	const font = `10px "JetBrains Mono Variable", monospace`;
	const grid = { stroke: () => token('--grid'), width: 1 };
	const axis = { stroke: () => token('--text-3'), font, gap: 6, ticks: { show: false } };
	const bars = uPlot.paths.bars?.({ size: [0.7, 8], align: -1 });
	return {
		legend: { show: false },
		padding: [8, 0, 0, 0],
		cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 6 } },
		scales: {
			x: {
				time: false,
				range: (plot) => {
					const newest = plot.data[0].at(-1) ?? 0;
					return [newest - spanSeconds + 1, newest];
				},
			},
			rate: { range: (_, __, most) => [0, niceTop(most ?? 0)] },
			lateness: {
				distr: 3,
				range: (_, __, most) => [floorUs, 10 ** Math.ceil(Math.log10(Math.max(leastTopUs, most ?? 0)))],
			},
		},
		axes: [
			{
				...axis,
				size: 20,
				grid,
				splits: (plot) => {
					const newest = plot.data[0].at(-1) ?? 0;
					return [50, 40, 30, 20, 10, 0].map((ago) => newest - ago);
				},
				values: (plot, splits) => {
					const newest = plot.data[0].at(-1) ?? 0;
					const { graph } = frame().words;
					return splits.map((s) => (s === newest ? '' : graph.ago(String(Math.round(newest - s)))));
				},
			},
			{
				...axis,
				scale: 'rate',
				size: 48,
				grid,
				splits: (plot) => {
					const top = plot.scales.rate?.max ?? 1;
					return [0, top / 2, top];
				},
				values: (_, splits) => splits.map((s) => (s >= 1000 ? `${s / 1000}k` : String(s))),
			},
			{
				...axis,
				scale: 'lateness',
				side: 1,
				size: 56,
				grid: { show: false },
				splits: (plot) => decades(plot.scales.lateness?.max ?? leastTopUs),
				filter: (_, splits) => splits, // all of them: there is room
				values: (_, splits) => splits.map(decadeName),
			},
		],
		series: [
			{},
			{
				scale: 'rate',
				fill: () => token('--grid-strong'),
				width: 0,
				points: { show: false },
				...(bars ? { paths: bars } : {}),
			},
			{
				scale: 'lateness',
				stroke: () => token('--accent'),
				width: 1.2,
				points: { show: true, size: 4, stroke: () => token('--accent'), fill: () => token('--accent') },
			},
		],
		hooks: {
			draw: [(plot) => drawLimit(plot, frame())],
			setCursor: [(plot) => oncursor(plot.cursor.idx ?? null)],
		},
	};
}

/** The limit as a dashed line, and the seconds that passed it as amber points. */
function drawLimit(plot: uPlot, { limitUs }: Frame): void {
	if (limitUs === null) return;
	const pen = plot.ctx;
	const scale = window.devicePixelRatio || 1;
	const { left, top, width } = plot.bbox;
	const y = Math.round(plot.valToPos(limitUs, 'lateness', true)) + 0.5;
	if (y < top) return;
	const colour = token('--late');
	pen.save();
	pen.strokeStyle = pen.fillStyle = colour;
	pen.setLineDash([3 * scale, 3 * scale]);
	pen.beginPath();
	pen.moveTo(left, y);
	pen.lineTo(left + width, y);
	pen.stroke();
	const [at, , lateness] = plot.data;
	for (const [i, us] of (lateness ?? []).entries()) {
		if (us === null || us === undefined || us <= limitUs) continue;
		const x = plot.valToPos(at[i] ?? 0, 'x', true);
		pen.fillRect(x - 2.5 * scale, plot.valToPos(us, 'lateness', true) - 2.5 * scale, 5 * scale, 5 * scale);
	}
	pen.restore();
}

/** The next of 1, 2, 4, 10, 20, 40, … above the value: their halves are short numbers too. */
export function niceTop(value: number): number {
	let power = 1;
	for (;;) {
		for (const digit of [2, 4, 10]) if (value * 1.1 <= digit * power) return digit * power;
		power *= 10;
	}
}

function decades(top: number): number[] {
	const all: number[] = [];
	for (let us = floorUs; us <= top * 1.01; us *= 10) all.push(us);
	return all;
}

function decadeName(us: number): string {
	if (us < 1000) return `${us} µs`;
	return us < 1e6 ? `${us / 1000} ms` : `${us / 1e6} s`;
}
