import { plotFont } from '$lib/ui/plot/ink';

/** A mark on a time axis. */
export interface Flagged {
	name: string;
	/** In px from the left. */
	x: number;
}

export interface FlagInk {
	/** Of the pole, and of the name. */
	pole: string;
	/** Below the name, so that no line runs through it. */
	ground: string;
}

const high = 13; // of a name with its ground
const air = 3;

/** Draws poles with names at their tops, the newest whole and in front; a name that has no room is left out. */
export function drawFlags(pen: CanvasRenderingContext2D, flags: readonly Flagged[], width: number, height: number, ink: FlagInk): void {
	pen.font = plotFont();
	pen.textBaseline = 'middle';
	pen.textAlign = 'left';
	let free = width; // names are written from the right, so that the newest has room
	for (const { name, x } of flags.toReversed()) {
		if (x < 0 || x > width) continue;
		pen.fillStyle = ink.pole;
		pen.fillRect(Math.round(x), 0, 1, height);
		const wide = pen.measureText(name).width + 2 * air;
		const left = x + wide <= free ? x : x - wide;
		if (left < 0 || left + wide > free) {
			pen.fillRect(Math.round(x), 0, 5, 5); // a flag without its name
			continue;
		}
		pen.fillStyle = ink.ground;
		pen.fillRect(Math.round(left), 0, Math.ceil(wide), high);
		pen.fillStyle = ink.pole;
		pen.fillRect(Math.round(x), 0, 1, height);
		pen.fillText(name, left + air, high / 2 + 0.5);
		free = Math.min(free, left);
	}
}
