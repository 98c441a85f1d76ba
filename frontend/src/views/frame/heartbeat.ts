import { type Emits, LATE, MISSED, PUNCTUAL } from '$lib/state/emits';
import { token } from '$lib/ui/colour';
import { surface } from '$lib/ui/plot/surface';

type Pen = CanvasRenderingContext2D;

/** How much time the strip shows at most, in ms. */
export const mostMs = 6000;

/** On a narrow screen it shows less, so that ticks of a 10 ms lane do not touch. */
const mostMsPerPixel = 5;

const height = 14;

/**
 * Draws the heartbeat up to a time: first the grid of seconds and tenths, then
 * each emit as a tick. One column of pixels shows the worst of what fell into it.
 */
export function drawBeats(canvas: HTMLCanvasElement, emits: Emits, to: number, width: number, live: boolean): void {
	const pen = surface(canvas, width, height);
	if (!pen) return;
	const spanMs = Math.min(mostMs, width * mostMsPerPixel);
	const x = (at: number) => width - ((to - at) / spanMs) * width;
	drawGrid(pen, to, spanMs, width, x);

	const columns = new Uint8Array(Math.ceil(width) + 1); // 0 where nothing fell, or 1 more than the worst kind
	emits.within('', to - spanMs, to, (at, _, kind) => {
		const column = Math.floor(x(at));
		if (kind >= (columns[column] ?? 0)) columns[column] = kind + 1;
	});
	const late = token('--late');
	pen.fillStyle = token('--accent');
	pen.globalAlpha = 0.62;
	for (let i = 0; i < columns.length; i++) if (columns[i] === PUNCTUAL + 1) pen.fillRect(i, 7, 1, 6);
	pen.globalAlpha = 1;
	pen.fillStyle = late;
	for (let i = 0; i < columns.length; i++) if (columns[i] === LATE + 1) pen.fillRect(i, 0, 2, 13);
	// A slot nobody was there for: hollow, for nothing was sent in it.
	pen.strokeStyle = late;
	pen.setLineDash([2, 2]);
	for (let i = 0; i < columns.length; i++) {
		if (columns[i] !== MISSED + 1) continue;
		pen.beginPath();
		pen.moveTo(i + 0.5, 0);
		pen.lineTo(i + 0.5, 13);
		pen.stroke();
	}
	pen.setLineDash([]);
	pen.fillStyle = token(live ? '--accent' : '--text-3');
	pen.fillRect(width - 2, 0, 2, height);
}

function drawGrid(pen: Pen, to: number, spanMs: number, width: number, x: (at: number) => number): void {
	const tenth = 100;
	const colours = { tenth: token('--grid'), second: token('--grid-strong') };
	for (let at = Math.ceil((to - spanMs) / tenth) * tenth; at <= to; at += tenth) {
		const isSecond = Math.round(at) % 1000 === 0;
		pen.fillStyle = isSecond ? colours.second : colours.tenth;
		pen.fillRect(Math.round(x(at)), isSecond ? 0 : 7, 1, height);
	}
	pen.fillStyle = token('--line-strong');
	pen.fillRect(0, 13, width, 1);
}
