import { type EachEmit, LATE, MISSED, PUNCTUAL } from '$lib/state/emits';
import type { Step } from '$lib/state/steps';
import type { LogAxis } from '$lib/ui/plot/axis';
import type { Ink } from '$lib/ui/plot/ink';
import { drawLimit, drawTimes } from './grid';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** Every emit in time; its height is its lateness. */
export interface Strip {
	window: Window;
	axis: LogAxis;
	limitUs: number;
	/** Each emit that is kept; null where only steps are drawn. */
	emits: ((from: number, to: number, each: EachEmit) => void) | null;
	/** The steps of which not every emit is kept. */
	steps: readonly Step[];
	stepMs: number;
}

/** Even an emit at its very time is seen. */
const leastHeight = 3;

/** What a column of pixels shows: the most late of what fell into it. */
class Columns {
	readonly height: Float32Array;
	readonly kind: Uint8Array;
	readonly filled: Uint8Array;

	constructor(readonly count: number) {
		this.height = new Float32Array(count);
		this.kind = new Uint8Array(count);
		this.filled = new Uint8Array(count);
	}

	put(column: number, height: number, kind: number): void {
		if (column < 0 || column >= this.count) return;
		this.filled[column] = 1;
		this.height[column] = Math.max(this.height[column] ?? 0, height);
		this.kind[column] = Math.max(this.kind[column] ?? PUNCTUAL, kind);
	}
}

/** Draws the strip. Returns when the most late emit in sight was; null when there is none. */
export function drawStrip(pen: Pen, ink: Ink, strip: Strip, width: number, height: number): number | null {
	const { window, axis } = strip;
	drawTimes(pen, ink, window, width, height);
	if (strip.limitUs < 10 ** axis.decades) drawLimit(pen, ink, height - axis.place(strip.limitUs) * (height - 2), width);
	drawSteps(pen, ink, strip, width, height);
	if (!strip.emits) return null;

	const perPx = (window.to - window.from) / width;
	const first = Math.round(window.from / perPx);
	const columns = new Columns(Math.ceil(width));
	let worst: number | null = null;
	let worstUs = -1;
	strip.emits(window.from, window.to, (at, us, kind) => {
		if (us > worstUs) [worst, worstUs] = [at, us];
		columns.put(Math.floor(at / perPx) - first, Math.max(leastHeight, axis.place(us) * (height - 2)), kind);
	});
	drawColumns(pen, ink, columns, height);
	return worst;
}

function drawColumns(pen: Pen, ink: Ink, columns: Columns, height: number): void {
	const each = (kind: number, draw: (column: number, high: number) => void) => {
		for (let i = 0; i < columns.count; i++) if (columns.filled[i] === 1 && columns.kind[i] === kind) draw(i, columns.height[i] ?? 0);
	};
	pen.fillStyle = ink.accent;
	pen.globalAlpha = 0.62;
	each(PUNCTUAL, (i, high) => pen.fillRect(i, height - high, 1, high));
	pen.globalAlpha = 1;
	pen.fillStyle = ink.late;
	each(LATE, (i, high) => pen.fillRect(i - 0.5, height - high, 2, high));
	// Nothing was sent in a missed slot: it is hollow, and crossed.
	pen.strokeStyle = ink.lost;
	pen.lineWidth = 1;
	pen.beginPath();
	let crossed = Number.NEGATIVE_INFINITY;
	each(MISSED, (i) => {
		for (let y = height - 1; y > 8; y -= 4) {
			pen.moveTo(i + 0.5, y);
			pen.lineTo(i + 0.5, y - 2);
		}
		if (i - crossed < 9) return;
		crossed = i;
		pen.moveTo(i - 2.5, 1.5);
		pen.lineTo(i + 3.5, 7.5);
		pen.moveTo(i + 3.5, 1.5);
		pen.lineTo(i - 2.5, 7.5);
	});
	pen.stroke();
}

/** Where single emits are not kept: a bar up to p50, paler up to p99, a thin line up to the most late. */
function drawSteps(pen: Pen, ink: Ink, { window, axis, limitUs, steps, stepMs }: Strip, width: number, height: number): void {
	const perPx = (window.to - window.from) / width;
	const high = (us: number) => Math.max(leastHeight, axis.place(us) * (height - 2));
	const bars = steps
		.filter((s) => s.emitted + s.missed_slots > 0)
		.map((s) => {
			const from = Math.round((s.at - window.from) / perPx);
			return { s, from, wide: Math.max(1, Math.round((s.at + stepMs - window.from) / perPx) - from - (stepMs / perPx > 4 ? 1 : 0)) };
		});
	const paint = (colour: string, alpha: number, of: (s: Step) => [number, number] | null, thin = false) => {
		pen.fillStyle = colour;
		pen.globalAlpha = alpha;
		for (const { s, from, wide } of bars) {
			const range = of(s);
			if (!range) continue;
			const [low, up] = range;
			if (thin) pen.fillRect(from + Math.floor((wide - 1) / 2), height - up, 1, up - low);
			else pen.fillRect(from, height - up, wide, up - low);
		}
		pen.globalAlpha = 1;
	};
	paint(ink.accent, 0.62, (s) => [0, high(s.lateness_p50_us)]);
	paint(ink.accent, 0.28, (s) => [high(s.lateness_p50_us), high(s.lateness_p99_us)]);
	paint(ink.accent, 0.7, (s) => (s.lateness_max_us > limitUs ? null : [high(s.lateness_p99_us), high(s.lateness_max_us)]), true);
	paint(ink.late, 1, (s) => (s.lateness_max_us > limitUs ? [high(Math.min(limitUs, s.lateness_p99_us)), high(s.lateness_max_us)] : null), true);
	paint(ink.lost, 1, (s) => (s.missed_slots > 0 ? [height - 3, height] : null));
}
