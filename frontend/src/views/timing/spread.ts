import { microsText } from '$lib/format/number';
import { perDecade } from '$lib/state/steps';
import { decadeName, type LogAxis, shareTop } from '$lib/ui/plot/axis';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Spread } from '$lib/wire';

type Pen = CanvasRenderingContext2D;

/** How a measure is spread: this window bright over each step before it, and another run dashed. */
export interface SpreadPlot {
	axis: LogAxis;
	counts: Float64Array;
	sum: number;
	behind: readonly (Spread | undefined)[];
	/** The counts of another run, and what it is called; null: there is none. */
	ghost: { counts: Float64Array; name: string } | null;
	limitUs: number;
	/** What the late zone is called; the first that has room is taken. */
	lateWords: readonly string[];
	p50Us: number | null;
	p90Us: number | null;
	p99Us: number | null;
	maxUs: number;
	/** Without persistence: one flat band instead of a line for each step. */
	still: boolean;
	/** Each emit, below the axis; null where they are not kept. */
	emits: ((each: (us: number, isLate: boolean) => void) => void) | null;
}

/** A step with fewer emits says too little of how they are spread. */
const leastEmits = 10;

const rugHeight = 8;
const namesHeight = 18;

export function drawSpread(pen: Pen, ink: Ink, plot: SpreadPlot, width: number, height: number): void {
	const floor = height - rugHeight - namesHeight;
	const x = (us: number) => Math.min(width, plot.axis.place(us) * width);
	const lines = plot.behind.map(sharesOf).filter((s) => s !== null);
	const now = plot.sum > 0 ? plot.counts.map((n) => n / plot.sum) : null;
	const ghost = plot.ghost && normal(plot.ghost.counts);
	const top = Math.max(topOf(now, lines), ghost ? shareTop(Math.max(...ghost) * 1.15) : 0);
	const last = plot.axis.decades * perDecade;
	const place = (i: number): number => (i + 0.5) * (width / last);
	const level = (share: number) => floor - (share / top) * (floor - 6);

	drawGrid(pen, ink, plot, width, floor, level, top);
	pen.save();
	pen.beginPath();
	pen.rect(0, 0, width, floor + 1);
	pen.clip();
	pen.strokeStyle = pen.fillStyle = ink.accent;
	pen.lineWidth = 1; // a hair's width is drawn much faster than any other
	const most = new Float64Array(last);
	for (const [age, shares] of lines.entries()) {
		for (let i = 0; i < last; i++) most[i] = Math.max(most[i] ?? 0, shares[i] ?? 0);
		if (plot.still) continue;
		pen.globalAlpha = 0.05 + 0.3 * ((age + 1) / lines.length) ** 2; // the newest are the last
		outline(pen, shares, last, place, level, floor);
		pen.stroke();
	}
	pen.globalAlpha = plot.still ? 0.14 : 0.07;
	if (lines.length > 0) fill(pen, most, last, place, level, floor);
	if (ghost) drawGhost(pen, ink, ghost, last, place, level, floor);
	if (now) drawNow(pen, ink, now, last, place, level, floor);
	pen.restore();
	if (plot.ghost && ghost) nameGhost(pen, ink, plot, ghost, last, place, level, x, width, floor);
	drawMarks(pen, ink, plot, x, width, floor);
	drawRug(pen, ink, plot, x, width, floor);
}

/** The share of each bucket; null for too few emits to tell. */
function sharesOf(spread: Spread | undefined): Float64Array | null {
	if (!spread) return null;
	const sum = spread.counts.reduce((n, c) => n + c, 0);
	if (sum < leastEmits) return null;
	const shares = new Float64Array(spread.first + spread.counts.length);
	for (const [i, n] of spread.counts.entries()) shares[spread.first + i] = n / sum;
	return shares;
}

/** The share of each; null where there are none. */
function normal(counts: Float64Array): Float64Array | null {
	const sum = counts.reduce((n, c) => n + c, 0);
	return sum > 0 ? counts.map((n) => n / sum) : null;
}

/** High enough for the window and for most of the steps, in tenths, so that it seldom changes. */
export function topOf(now: Float64Array | null, lines: readonly Float64Array[]): number {
	const peaks = lines.map((l) => Math.max(0, ...l)).sort((a, b) => a - b);
	const usual = peaks[Math.floor(peaks.length * 0.75)] ?? 0;
	return shareTop(Math.max(now ? Math.max(...now) * 1.1 : 0, usual * 1.05));
}

type Place = (i: number) => number;

/**
 * A line through the middle of each bucket's top. Between two of them it never
 * leaves their range: no hill that nobody measured.
 */
function outline(pen: Pen, shares: Float64Array, last: number, place: Place, level: (share: number) => number, floor: number): void {
	const y = (i: number) => (i < 0 || i >= last ? floor : level(shares[i] ?? 0));
	const wide = place(1) - place(0);
	// The harmonic mean of the slopes on both sides, and level on every top and in every dip.
	const slope = (i: number) => {
		const before = y(i) - y(i - 1);
		const after = y(i + 1) - y(i);
		return before * after <= 0 ? 0 : (2 * before * after) / (before + after);
	};
	pen.beginPath();
	pen.moveTo(place(-1), floor);
	for (let i = 0; i <= last; i++) {
		const x = place(i);
		if (y(i) === y(i - 1)) pen.lineTo(x, y(i));
		else pen.bezierCurveTo(x - (wide * 2) / 3, y(i - 1) + slope(i - 1) / 3, x - wide / 3, y(i) - slope(i) / 3, x, y(i));
	}
}

function fill(pen: Pen, shares: Float64Array, last: number, place: Place, level: (share: number) => number, floor: number): void {
	outline(pen, shares, last, place, level, floor);
	pen.lineTo(place(last), floor);
	pen.closePath();
	pen.fill();
}

function drawNow(pen: Pen, ink: Ink, now: Float64Array, last: number, place: Place, level: (share: number) => number, floor: number): void {
	pen.globalAlpha = 0.08;
	fill(pen, now, last, place, level, floor);
	outline(pen, now, last, place, level, floor);
	if (ink.glows) {
		for (const [wide, alpha] of [[10, 0.07], [6, 0.12]] as const) {
			pen.lineWidth = wide;
			pen.globalAlpha = alpha;
			pen.stroke();
		}
	}
	pen.lineWidth = 1.8;
	pen.globalAlpha = 1;
	pen.stroke();
}

/** Another run: its line alone, dashed, so that it is never taken for what is now. */
function drawGhost(pen: Pen, ink: Ink, ghost: Float64Array, last: number, place: Place, level: (share: number) => number, floor: number): void {
	pen.globalAlpha = 1;
	pen.strokeStyle = ink.text2;
	pen.lineWidth = 1;
	pen.setLineDash([4, 3]);
	outline(pen, ghost, last, place, level, floor);
	pen.stroke();
	pen.setLineDash([]);
	pen.strokeStyle = pen.fillStyle = ink.accent;
}

/** Its name stands over its top, and left of a mark whose value it would cover. */
function nameGhost(pen: Pen, ink: Ink, plot: SpreadPlot, ghost: Float64Array, last: number, place: Place, level: (share: number) => number, x: (us: number) => number, width: number, floor: number): void {
	const name = plot.ghost?.name ?? '';
	let top = 0;
	for (let i = 0; i < last; i++) if ((ghost[i] ?? 0) > (ghost[top] ?? 0)) top = i;
	pen.font = plotFont();
	pen.textAlign = 'left';
	pen.textBaseline = 'bottom';
	const wide = pen.measureText(name).width;
	const y = Math.max(14, level(ghost[top] ?? 0) - 4);
	let left = Math.max(4, Math.min(width - wide - 4, place(top) - wide / 2));
	for (const mark of marksOf(plot).toReversed()) {
		const from = topOfMark(mark, floor);
		const line = x(mark.us);
		const isOver = y > from && y - 12 < from + markHeight && left < line + markWidth && left + wide > line - 6;
		if (isOver && line - wide - 8 >= 4) left = line - wide - 8;
	}
	pen.strokeStyle = ink.glass;
	pen.lineWidth = 4;
	pen.strokeText(name, left, y);
	pen.fillStyle = ink.text2;
	pen.fillText(name, left, y);
}

function drawGrid(pen: Pen, ink: Ink, plot: SpreadPlot, width: number, floor: number, level: (share: number) => number, top: number): void {
	const { axis, limitUs } = plot;
	const limit = axis.place(limitUs) * width;
	pen.fillStyle = ink.lateWash;
	pen.fillRect(limit, 0, width - limit, floor);
	pen.font = plotFont();
	for (let power = 0; power <= axis.decades; power++) {
		const x = Math.round((power / axis.decades) * width);
		pen.fillStyle = ink.gridStrong;
		pen.fillRect(Math.min(x, width - 1), 0, 1, floor);
		pen.fillStyle = ink.grid;
		for (const digit of [2, 5]) pen.fillRect(Math.round(axis.place(digit * 10 ** power) * width), 0, 1, floor);
		pen.fillStyle = ink.text3;
		pen.textBaseline = 'bottom';
		pen.textAlign = power === 0 ? 'left' : power === axis.decades ? 'right' : 'center';
		pen.fillText(decadeName(power), x, floor + rugHeight + namesHeight - 2);
	}
	const step = top > 0.5 ? 0.2 : 0.1;
	pen.textAlign = 'left';
	for (let share = step; share <= top + 1e-9; share += step) {
		const y = Math.round(level(share));
		pen.fillStyle = ink.grid;
		pen.fillRect(0, y, width, 1);
		pen.fillStyle = ink.text3;
		pen.textBaseline = 'top';
		pen.fillText(`${Math.round(share * 100)} %`, 4, y + 2);
	}
	pen.fillStyle = ink.line;
	pen.fillRect(0, floor, width, 1);
	if (limit >= width) return;
	pen.strokeStyle = pen.fillStyle = ink.late;
	pen.lineWidth = 1;
	pen.setLineDash([3, 3]);
	pen.beginPath();
	pen.moveTo(Math.round(limit) + 0.5, 0);
	pen.lineTo(Math.round(limit) + 0.5, floor);
	pen.stroke();
	pen.setLineDash([]);
	pen.textBaseline = 'top';
	const room = width - limit - 8;
	const words = plot.lateWords.find((text) => pen.measureText(text).width <= room);
	pen.textAlign = 'left';
	if (words) pen.fillText(words, limit + 6, 5);
}

/** How much a mark's name and value take beside its line, in px. */
const markWidth = 80;
const markHeight = 28;

interface Mark {
	name: string;
	us: number;
	/** Where its line begins, as a share of the height. */
	from: number;
}

function marksOf({ p50Us, p90Us, p99Us, maxUs }: SpreadPlot): Mark[] {
	if (p50Us === null || p90Us === null || p99Us === null) return [];
	return [
		{ name: 'p50', us: p50Us, from: 0.06 },
		{ name: 'p90', us: p90Us, from: 0.22 },
		{ name: 'p99', us: p99Us, from: 0.38 },
		{ name: 'max', us: maxUs, from: 0.54 },
	];
}

function topOfMark({ from }: Mark, floor: number): number {
	return Math.round(from * floor) + 14;
}

/**
 * p50, p90, p99 and max as lines with their values. Each begins lower than the one
 * before, so no label covers another, and no line runs through one.
 */
function drawMarks(pen: Pen, ink: Ink, plot: SpreadPlot, x: (us: number) => number, width: number, floor: number): void {
	const before: number[] = []; // the lines already drawn
	pen.textBaseline = 'top';
	for (const mark of marksOf(plot)) {
		const { name, us } = mark;
		const isLate = us > plot.limitUs;
		const top = topOfMark(mark, floor);
		const line = Math.min(width - 1, Math.round(x(us)));
		const text = microsText(us);
		pen.fillStyle = isLate ? ink.late : ink.text;
		pen.fillRect(line, top, 1, floor - top);
		pen.font = plotFont(14);
		const wide = pen.measureText(text).width;
		const isLeft = line + 6 + wide > width;
		let place = isLeft ? line - 6 : line + 6;
		if (isLeft) for (const other of before.toReversed()) if (other > place - wide - 4 && other < place + 6) place = Math.min(place, other - 6);
		before.push(line);
		pen.textAlign = isLeft ? 'right' : 'left';
		pen.strokeStyle = ink.glass;
		pen.lineWidth = 4;
		pen.strokeText(text, place, top + 12);
		pen.fillText(text, place, top + 12);
		pen.font = plotFont();
		pen.fillStyle = ink.text3;
		pen.fillText(name, place, top);
	}
}

/** Each emit below the axis; several on one pixel are one tick, and a late one is thicker and longer. */
function drawRug(pen: Pen, ink: Ink, plot: SpreadPlot, x: (us: number) => number, width: number, floor: number): void {
	if (!plot.emits) return;
	const columns = new Uint8Array(Math.ceil(width) + 1);
	plot.emits((us, isLate) => {
		const column = Math.round(x(us));
		columns[column] = Math.max(columns[column] ?? 0, isLate ? 2 : 1);
	});
	pen.fillStyle = ink.accent;
	pen.globalAlpha = 0.5;
	for (let i = 0; i < columns.length; i++) if (columns[i] === 1) pen.fillRect(i, floor + 2, 1, rugHeight - 1);
	pen.globalAlpha = 1;
	pen.fillStyle = ink.late;
	for (let i = 0; i < columns.length; i++) if (columns[i] === 2) pen.fillRect(i - 0.5, floor + 1, 2, rugHeight + 2);
}
