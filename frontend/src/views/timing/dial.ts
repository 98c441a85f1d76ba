import { microsText } from '$lib/format/number';
import { type EachEmit, LATE, MISSED } from '$lib/state/emits';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Window } from './window';

type Pen = CanvasRenderingContext2D;

/** What the dial shows: one turn is one interval, 12 o'clock is due, the newest emits are at the rim. */
export interface Dial {
	window: Window;
	periodUs: number;
	limitUs: number;
	p99Us: number | null;
	due: string;
	emits: (from: number, to: number, each: EachEmit) => void;
	/** Another run's dots, by twos, and what it is called; null: there is none. */
	ghost: { dots: Float64Array; periodUs: number; name: string } | null;
}

const ticks = 40;

export function drawDial(pen: Pen, ink: Ink, dial: Dial, width: number, height: number): void {
	const x = width / 2;
	const y = height / 2 + 2;
	const rim = Math.min(width / 2 - 44, height / 2 - 34);
	const turn = (us: number) => (us / dial.periodUs) * 2 * Math.PI - Math.PI / 2;
	pen.lineWidth = 1;

	pen.strokeStyle = ink.grid;
	pen.beginPath();
	for (let ring = 1; ring <= 4; ring++) {
		pen.moveTo(x + (rim * ring) / 4, y);
		pen.arc(x, y, (rim * ring) / 4, 0, 2 * Math.PI);
	}
	pen.moveTo(x, y - rim);
	pen.lineTo(x, y + rim);
	pen.moveTo(x - rim, y);
	pen.lineTo(x + rim, y);
	pen.stroke();

	pen.strokeStyle = ink.line;
	pen.beginPath();
	for (let i = 0; i < ticks; i++) {
		const angle = (i / ticks) * 2 * Math.PI;
		const long = i % 10 === 0 ? 12 : i % 5 === 0 ? 8 : 5.5;
		pen.moveTo(x + Math.cos(angle) * (rim + 3), y + Math.sin(angle) * (rim + 3));
		pen.lineTo(x + Math.cos(angle) * (rim + long), y + Math.sin(angle) * (rim + long));
	}
	pen.stroke();

	if (dial.limitUs < dial.periodUs) {
		pen.strokeStyle = ink.late;
		pen.globalAlpha = 0.8;
		pen.setLineDash([2, 3]);
		pen.beginPath();
		pen.moveTo(x, y);
		pen.lineTo(x + Math.cos(turn(dial.limitUs)) * rim, y + Math.sin(turn(dial.limitUs)) * rim);
		pen.stroke();
		pen.setLineDash([]);
		pen.globalAlpha = 1;
	}

	if (dial.ghost) drawGhost(pen, ink, dial.ghost, x, y, rim);
	drawEmits(pen, ink, dial, x, y, rim, turn);

	if (dial.p99Us !== null) {
		pen.strokeStyle = toneOf(ink, dial);
		pen.lineWidth = 3;
		pen.beginPath();
		pen.arc(x, y, rim + 14, turn(0), turn(Math.min(dial.periodUs, Math.max(dial.p99Us, dial.periodUs / 200))));
		pen.stroke();
	}
	drawNames(pen, ink, dial, x, y, rim);
}

/** Another run: grey, each emit at its own phase. */
function drawGhost(pen: Pen, ink: Ink, { dots, periodUs, name }: NonNullable<Dial['ghost']>, x: number, y: number, rim: number): void {
	if (periodUs === 0) return;
	pen.fillStyle = ink.text3;
	pen.globalAlpha = 0.6;
	for (let i = 0; i + 1 < dots.length; i += 2) {
		const radius = rim * (dots[i] ?? 0);
		const angle = ((dots[i + 1] ?? 0) / periodUs) * 2 * Math.PI - Math.PI / 2;
		pen.fillRect(x + Math.cos(angle) * radius - 0.75, y + Math.sin(angle) * radius - 0.75, 1.5, 1.5);
	}
	pen.globalAlpha = 1;
	pen.font = plotFont();
	pen.textAlign = 'center';
	pen.textBaseline = 'middle';
	pen.fillStyle = ink.text2;
	pen.fillText(name, x, y + rim * 0.62);
}

/** Amber where more than one emit in a hundred is late. */
function toneOf(ink: Ink, { p99Us, limitUs }: Dial): string {
	return (p99Us ?? 0) > limitUs ? ink.late : ink.accent;
}

/** One dot for all emits that fall on the same pixel; what is late is larger. */
function drawEmits(pen: Pen, ink: Ink, dial: Dial, x: number, y: number, rim: number, turn: (us: number) => number): void {
	const size = Math.ceil(rim * 2) + 2;
	const taken = new Uint8Array(size * size);
	const { from, to } = dial.window;
	const late: number[] = [];
	const bright: number[] = [];
	dial.emits(from, to, (at, us, kind) => {
		if (kind === MISSED) return; // it has no phase: nothing was sent
		const radius = rim * ((at - from) / (to - from));
		const angle = turn(us);
		const dx = Math.cos(angle) * radius;
		const dy = Math.sin(angle) * radius;
		const place = Math.floor(dy + rim + 1) * size + Math.floor(dx + rim + 1);
		if (taken[place] === 1) return;
		taken[place] = 1;
		(kind === LATE ? late : bright).push(x + dx, y + dy);
	});
	const dots = (places: readonly number[], side: number) => {
		for (let i = 0; i < places.length; i += 2) pen.fillRect((places[i] ?? 0) - side / 2, (places[i + 1] ?? 0) - side / 2, side, side);
	};
	pen.fillStyle = ink.accent;
	if (ink.glows) {
		pen.globalAlpha = 0.1;
		dots(bright, 5);
	}
	pen.globalAlpha = 0.9;
	dots(bright, 1.6);
	pen.globalAlpha = 1;
	pen.fillStyle = ink.late;
	for (let i = 0; i < late.length; i += 2) {
		pen.beginPath();
		pen.arc(late[i] ?? 0, late[i + 1] ?? 0, 2.4, 0, 2 * Math.PI);
		pen.fill();
	}
}

function drawNames(pen: Pen, ink: Ink, dial: Dial, x: number, y: number, rim: number): void {
	const [unit, scale] = dial.periodUs >= 2e6 ? ['s', 1e6] : ['ms', 1e3];
	const value = (us: number) => String(Number((us / scale).toPrecision(3)));
	pen.font = plotFont();
	pen.textBaseline = 'middle';
	pen.fillStyle = ink.text2;
	pen.textAlign = 'right';
	pen.fillText(dial.due, x - 8, y - rim - 24);
	if (dial.p99Us !== null) {
		pen.fillStyle = toneOf(ink, dial);
		pen.textAlign = 'left';
		const end = Math.min(0.5, (dial.p99Us / dial.periodUs) * 2 * Math.PI);
		pen.fillText(`p99 ${microsText(dial.p99Us)}`, x + Math.sin(end) * (rim + 14) + 8, y - Math.cos(end) * (rim + 14) - 6);
	}
	pen.fillStyle = ink.text3;
	pen.textAlign = 'left';
	pen.fillText(value(dial.periodUs / 4), x + rim + 20, y);
	pen.textAlign = 'right';
	pen.fillText(value((dial.periodUs / 4) * 3), x - rim - 20, y);
	pen.textAlign = 'center';
	pen.fillText(`${value(dial.periodUs / 2)} ${unit}`, x, y + rim + 25);
}
