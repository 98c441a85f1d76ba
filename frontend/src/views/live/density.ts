import { binMs, bins, type Density } from '$lib/state/density';
import { token } from '$lib/ui/colour';
import { drawFlags } from '$lib/ui/plot/flag';
import { surface } from '$lib/ui/plot/surface';

/** What is drawn of the last 60 s besides the messages themselves. */
export interface Marks {
	/** Times of messages to mark, in ms since 1970. */
	at: readonly number[];
	/** When alerts were raised, with their names; oldest first. */
	flags: readonly { at: number; name: string }[];
	/** Whether a query chose some of the messages; then they are drawn in accent. */
	chosen: boolean;
}

/** The busiest moment reaches so far up; above it stand the labels. */
const share = 0.62;

/** The narrowest bar that is still told from its neighbour, with the space behind it. */
const leastBar = 3;

/** The bars of a strip so wide: how many bins are one, and how many bars there are. */
function barsOf(width: number): { together: number; bars: number } {
	const together = Math.max(1, Math.ceil((leastBar * bins) / width));
	return { together, bars: Math.ceil(bins / together) };
}

/** The time at a place of the strip, in ms since 1970. */
export function timeAt(density: Density, width: number, x: number): number {
	const { together, bars } = barsOf(width);
	const barMs = together * binMs;
	return (Math.floor(density.newest / together) + 1) * barMs - ((width - x) / width) * bars * barMs;
}

/** Draws the last 60 s, the newest at the right edge: the height of a bar is how many messages ended in it. */
export function drawDensity(canvas: HTMLCanvasElement, density: Density, width: number, height: number, marks: Marks): void {
	const pen = surface(canvas, width, height);
	if (!pen) return;

	// Bars begin at whole multiples of their own time, so that they keep their shape while they move.
	const { together, bars } = barsOf(width);
	const newest = Math.floor(density.newest / together);
	const all = new Float64Array(bars);
	const hits = new Float64Array(bars);
	density.each((bin, a, h) => {
		const bar = bars - 1 - (newest - Math.floor(bin / together));
		if (bar < 0) return;
		all[bar] = (all[bar] ?? 0) + a;
		hits[bar] = (hits[bar] ?? 0) + h;
	});
	const most = Math.max(...all, 1e-9);
	const step = width / bars;
	const draw = (counts: Float64Array, colour: string) => {
		pen.fillStyle = colour;
		for (const [i, n] of counts.entries()) {
			if (n <= 0) continue;
			const x = Math.round(i * step);
			const tall = Math.max(1, (n / most) * height * share);
			pen.fillRect(x, height - tall, Math.max(1, Math.round((i + 1) * step) - x - 1), tall);
		}
	};
	draw(all, token('--line-strong'));
	if (marks.chosen) draw(hits, token('--accent'));

	const barMs = together * binMs;
	const end = (newest + 1) * barMs;
	const placeOf = (at: number) => width - ((end - at) / barMs) * step;
	pen.strokeStyle = token('--text');
	pen.setLineDash([2, 2]);
	for (const at of marks.at) {
		const x = Math.round(placeOf(at)) + 0.5;
		if (x < 0) continue;
		pen.beginPath();
		pen.moveTo(x, 0);
		pen.lineTo(x, height);
		pen.stroke();
	}
	pen.setLineDash([]);
	const flags = marks.flags.map(({ at, name }) => ({ name, x: placeOf(at) }));
	drawFlags(pen, flags, width, height, { pole: token('--late'), ground: token('--surface-0') });
}
