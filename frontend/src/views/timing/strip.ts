import { type EachEmit, LATE, MISSED, PUNCTUAL } from '$lib/state/emits';
import type { Step } from '$lib/state/steps';
import type { LogAxis } from '$lib/ui/plot/axis';
import { abgr, Columns } from '$lib/ui/plot/columns';
import type { Ink } from '$lib/ui/plot/ink';
import { drawLimit, drawTimes } from './grid';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** Every emit in time; its height is its lateness. */
export interface Strip {
	window: Window;
	axis: LogAxis;
	limitUs: number;
	/** What the trigger waits for; null: nothing. */
	triggerUs: number | null;
	/** Each emit that is kept; null where only steps are drawn. */
	emits: ((from: number, to: number, each: EachEmit) => void) | null;
	/** The steps of which not every emit is kept. */
	steps: readonly Step[];
	stepMs: number;
}

/** Even an emit at its very time is seen. */
const leastHeight = 3;

/** Crosses of missed slots do not touch. */
const crossWidth = 9;

/** Draws strips; it keeps its memory from one to the next. */
export class StripPainter {
	#image = new Columns();
	#height = new Float32Array(0);
	/** 0 for an empty column, or 1 more than the kind of the most late that fell into it. */
	#kind = new Uint8Array(0);

	/** Draws the strip. Returns when the most late emit in sight was; null when there is none. */
	draw(pen: Pen, ink: Ink, strip: Strip, width: number, height: number): number | null {
		const worst = strip.emits ? this.#drawEmits(pen, ink, strip, strip.emits, width, height) : null;
		drawSteps(pen, ink, strip, width, height);
		pen.globalCompositeOperation = 'destination-over'; // the promise lies below what happened
		const { axis, limitUs } = strip;
		if (limitUs < 10 ** axis.decades) drawLimit(pen, ink, height - axis.place(limitUs) * (height - 2), width);
		if (strip.triggerUs !== null) drawTrigger(pen, ink, height - axis.place(strip.triggerUs) * (height - 2), width);
		drawTimes(pen, ink, strip.window, width, height);
		pen.globalCompositeOperation = 'source-over';
		return worst;
	}

	#drawEmits(pen: Pen, ink: Ink, { window, axis }: Strip, emits: NonNullable<Strip['emits']>, width: number, height: number): number | null {
		const columns = Math.ceil(width);
		if (this.#kind.length !== columns) {
			this.#height = new Float32Array(columns);
			this.#kind = new Uint8Array(columns);
		} else this.#kind.fill(0);
		const tallest = this.#height;
		const kinds = this.#kind;
		const perPx = (window.to - window.from) / width;
		const first = Math.round(window.from / perPx);
		let worst: number | null = null;
		let worstUs = -1;
		emits(window.from, window.to, (at, us, kind) => {
			if (us > worstUs) {
				worst = at;
				worstUs = us;
			}
			const column = Math.floor(at / perPx) - first;
			if (column < 0 || column >= columns) return;
			const before = kinds[column] ?? 0;
			if (before === 0 || us > (tallest[column] ?? 0)) tallest[column] = us;
			if (kind >= before) kinds[column] = kind + 1;
		});
		this.#image.begin(width, height);
		const accent = abgr(ink.accent, 0.62);
		const late = abgr(ink.late, 1);
		for (let i = 0; i < columns; i++) {
			const kind = kinds[i] ?? 0;
			const high = Math.max(leastHeight, axis.place(tallest[i] ?? 0) * (height - 2));
			if (kind === PUNCTUAL + 1) this.#image.bar(i, 1, high, accent);
			else if (kind === LATE + 1) this.#image.bar(i - 0.5, 2, high, late);
		}
		this.#image.paint(pen);
		drawMissed(pen, ink, kinds, height);
		return worst;
	}
}

/** What the trigger waits for: a line with its mark at the right edge. */
function drawTrigger(pen: Pen, ink: Ink, y: number, width: number): void {
	const at = Math.round(Math.max(1, y));
	pen.fillStyle = ink.text2;
	pen.fillRect(0, at, width, 1);
	pen.beginPath();
	pen.moveTo(width, at - 5);
	pen.lineTo(width - 8, at + 0.5);
	pen.lineTo(width, at + 6);
	pen.fill();
}

/** Nothing was sent in a missed slot: it is hollow, and crossed. */
function drawMissed(pen: Pen, ink: Ink, kinds: Uint8Array, height: number): void {
	pen.strokeStyle = ink.lost;
	pen.lineWidth = 1;
	pen.setLineDash([2, 2]);
	pen.beginPath();
	for (let i = 0; i < kinds.length; i++) {
		if (kinds[i] !== MISSED + 1) continue;
		pen.moveTo(i + 0.5, height);
		pen.lineTo(i + 0.5, 8);
	}
	pen.stroke();
	pen.setLineDash([]);
	pen.beginPath();
	let crossed = Number.NEGATIVE_INFINITY;
	for (let i = 0; i < kinds.length; i++) {
		if (kinds[i] !== MISSED + 1 || i - crossed < crossWidth) continue;
		crossed = i;
		pen.moveTo(i - 2.5, 1.5);
		pen.lineTo(i + 3.5, 7.5);
		pen.moveTo(i + 3.5, 1.5);
		pen.lineTo(i - 2.5, 7.5);
	}
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
