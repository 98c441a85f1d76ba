import type { Beat, Beats } from '$lib/state/beats';
import { token } from '$lib/ui/colour';

/** How much time the strip shows at most, in ms. */
export const mostMs = 6000;

/** On a narrow screen it shows less, so that ticks of a 10 ms lane do not touch. */
const mostMsPerPixel = 5;

/** How far behind now the right edge is, so that a frame on its way leaves no hole. */
const behindMs = 120;

const height = 14;
const rank: Record<Beat, number> = { punctual: 1, late: 2, missed: 3 };

/**
 * Draws the heartbeat: first the grid of seconds and tenths, then each emit as
 * a tick. One column of pixels shows the worst of what fell into it. When the
 * connection is lost the strip ends at the newest beat.
 */
export function drawBeats(canvas: HTMLCanvasElement, beats: Beats, width: number, live: boolean): void {
	const pen = canvas.getContext('2d');
	if (!pen) return;
	const scale = window.devicePixelRatio || 1;
	if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
		canvas.width = Math.round(width * scale);
		canvas.height = Math.round(height * scale);
		canvas.style.width = `${width}px`;
	}
	pen.setTransform(scale, 0, 0, scale, 0, 0);
	pen.clearRect(0, 0, width, height);

	const now = live || beats.newest === 0 ? beats.now() - behindMs : beats.newest;
	const spanMs = Math.min(mostMs, width * mostMsPerPixel);
	const x = (at: number) => width - ((now - at) / spanMs) * width;
	drawGrid(pen, now, spanMs, x);

	const columns = new Uint8Array(Math.ceil(width) + 1);
	beats.since(now - spanMs, (at, beat) => {
		const column = Math.floor(x(at));
		if (column >= 0 && column < columns.length) columns[column] = Math.max(columns[column] ?? 0, rank[beat]);
	});
	const colours = { punctual: token('--accent'), late: token('--late') };
	pen.fillStyle = colours.punctual;
	pen.globalAlpha = 0.62;
	for (const [column, what] of columns.entries()) if (what === rank.punctual) pen.fillRect(column, 7, 1, 6);
	pen.globalAlpha = 1;
	pen.fillStyle = colours.late;
	for (const [column, what] of columns.entries()) if (what === rank.late) pen.fillRect(column, 0, 2, 13);
	// A slot nobody was there for: hollow, for nothing was sent in it.
	pen.strokeStyle = colours.late;
	pen.setLineDash([2, 2]);
	for (const [column, what] of columns.entries()) {
		if (what !== rank.missed) continue;
		pen.beginPath();
		pen.moveTo(column + 0.5, 0);
		pen.lineTo(column + 0.5, 13);
		pen.stroke();
	}
	pen.setLineDash([]);
	pen.fillStyle = live ? colours.punctual : token('--text-3');
	pen.fillRect(width - 2, 0, 2, height);
}

function drawGrid(pen: CanvasRenderingContext2D, now: number, spanMs: number, x: (at: number) => number): void {
	const tenth = 100;
	const colours = { tenth: token('--grid'), second: token('--grid-strong') };
	for (let at = Math.ceil((now - spanMs) / tenth) * tenth; at <= now; at += tenth) {
		const whole = Math.round(at) % 1000 === 0;
		pen.fillStyle = whole ? colours.second : colours.tenth;
		pen.fillRect(Math.round(x(at)), whole ? 0 : 7, 1, height);
	}
	pen.fillStyle = token('--line-strong');
	pen.fillRect(0, 13, pen.canvas.width, 1);
}
