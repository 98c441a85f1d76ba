import { microsText } from '$lib/format/number';
import { type EachEmit, LATE, MISSED } from '$lib/state/emits';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** A few slots of a lane as they fell, each as wide as its interval. */
export interface Lens {
	/** The time looked at; null: none, and the slots are empty. */
	at: number | null;
	periodMs: number;
	slots: number;
	missedWord: string;
	emits: (from: number, to: number, each: EachEmit) => void;
}

/** One emit, or missed slot, seen through the lens. */
interface Seen {
	/** Which slot it was due in; the one looked at is 0. */
	slot: number;
	lateUs: number;
	kind: number;
}

/** Above it there is room for what is said of a late emit. */
const barTop = 18;

/** How many slots are left of the one looked at. */
function slotsBefore(slots: number): number {
	return Math.floor(slots / 2);
}

/** What fell into the slots around a time; null when nothing is kept of that time. */
export function look(lens: Lens): Seen[] | null {
	const { at: middle } = lens;
	if (middle === null) return null;
	const reach = (lens.slots + 2) * lens.periodMs;
	const all: { due: number; at: number; lateUs: number; kind: number }[] = [];
	// A late emit's due time lies before it, so the search reaches further on.
	lens.emits(middle - reach, middle + reach, (at, lateUs, kind) => {
		all.push({ due: kind === MISSED ? at : at - lateUs / 1000, at, lateUs, kind });
	});
	let nearest: (typeof all)[number] | null = null;
	for (const e of all) if (!nearest || Math.abs(e.at - middle) < Math.abs(nearest.at - middle)) nearest = e;
	if (!nearest) return null;
	const { due } = nearest;
	const before = slotsBefore(lens.slots);
	return all
		.map(({ due: d, lateUs, kind }) => ({ slot: Math.round((d - due) / lens.periodMs), lateUs, kind }))
		.filter((e) => e.slot >= -before && e.slot < lens.slots - before);
}

/** Draws the slots: a dashed line where each begins, and what was sent at its place in it. */
export function drawLens(pen: Pen, ink: Ink, lens: Lens, width: number, height: number): void {
	const cell = width / lens.slots;
	const before = slotsBefore(lens.slots);
	const left = (slot: number) => (slot + before) * cell + Math.min(40, cell * 0.4);
	pen.strokeStyle = ink.line;
	pen.lineWidth = 1;
	pen.setLineDash([3, 3]);
	pen.beginPath();
	for (let slot = -before; slot < lens.slots - before; slot++) {
		pen.moveTo(Math.round(left(slot)) + 0.5, 6);
		pen.lineTo(Math.round(left(slot)) + 0.5, height);
	}
	pen.stroke();
	pen.setLineDash([]);
	const found = look(lens);
	if (!found) return;
	pen.textBaseline = 'middle';
	pen.textAlign = 'left';
	pen.font = plotFont();
	const rows = { top: { y: 11, free: 0 }, bottom: { y: height - 10, free: 0 } }; // free: from there on nothing is written yet
	/** Beside a mark, on the side where there is room, in the first row where nothing is; nowhere if there is none. */
	const say = (text: string, x: number, ...where: (keyof typeof rows)[]) => {
		const wide = pen.measureText(text).width;
		const from = x + 7 + wide > width ? x - 6 - wide : x + 7;
		const row = where.map((name) => rows[name]).find(({ free }) => from >= free);
		if (!row) return;
		pen.fillText(text, from, row.y);
		row.free = from + wide + 7;
	};
	for (const { slot, lateUs, kind } of found.sort((a, b) => a.slot - b.slot)) {
		if (kind === MISSED) {
			const x = Math.round(left(slot));
			pen.strokeStyle = pen.fillStyle = ink.lost;
			pen.strokeRect(x - 1.5, barTop + 0.5, 4, height - barTop - 1);
			say(lens.missedWord, x + 1, 'bottom');
			continue;
		}
		const x = left(slot) + (lateUs / 1000 / lens.periodMs) * cell;
		if (kind === LATE) {
			pen.fillStyle = ink.late;
			pen.fillRect(x - 0.5, 4, 2.2, height);
			say(`+${microsText(lateUs)}`, x, 'top', 'bottom');
		} else {
			pen.fillStyle = ink.accent;
			pen.fillRect(x - 0.5, barTop, 2.2, height);
			pen.fillStyle = slot === 0 ? ink.text : ink.text2;
			say(lateUs < 1 ? '<1 µs' : microsText(lateUs), x, 'bottom');
		}
	}
}

/** The light that falls from a place in the strip into the lens below it. */
export function drawFunnel(pen: Pen, ink: Ink, window: Window, lens: Pick<Lens, 'at' | 'periodMs' | 'slots'>, width: number, height: number): void {
	if (lens.at === null) return;
	const x = (at: number) => ((at - window.from) / (window.to - window.from)) * width;
	const half = (lens.slots / 2) * lens.periodMs;
	pen.fillStyle = ink.raised;
	pen.beginPath();
	pen.moveTo(Math.min(x(lens.at - half), x(lens.at) - 2), 0);
	pen.lineTo(0, height);
	pen.lineTo(width, height);
	pen.lineTo(Math.max(x(lens.at + half), x(lens.at) + 2), 0);
	pen.fill();
}
