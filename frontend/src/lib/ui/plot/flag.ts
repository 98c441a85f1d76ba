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

/** A flag on a time axis, in px. */
export interface FlagPlace {
	x: number;
	/** To which side its name stands; bare: it has no room. */
	side: 'right' | 'left' | 'bare';
}

/** Places flags, the newest last, so that the newest has its name and none covers another's; null: it is not in sight. */
export function placed(flags: readonly { x: number; wide: number }[], width: number): (FlagPlace | null)[] {
	const found: (FlagPlace | null)[] = [];
	let free = width; // names are written from the right
	for (const { x, wide } of flags.toReversed()) {
		if (x < 0 || x > width) found.push(null);
		else {
			const side = x + wide <= free ? 'right' : x <= free && x - wide >= 0 ? 'left' : 'bare';
			free = Math.min(free, side === 'left' ? x - wide : x);
			found.push({ x, side });
		}
	}
	return found.reverse();
}

/** Draws poles with names at their tops, the newest whole and in front; a name that has no room is left out. */
export function drawFlags(pen: CanvasRenderingContext2D, flags: readonly Flagged[], width: number, height: number, ink: FlagInk): void {
	pen.font = plotFont();
	pen.textBaseline = 'middle';
	pen.textAlign = 'left';
	const all = flags.map(({ name, x }) => ({ name, x, wide: pen.measureText(name).width + 2 * air }));
	const places = placed(all, width);
	for (let i = all.length - 1; i >= 0; i--) {
		const [flag, place] = [all[i], places[i]];
		if (!flag || !place) continue;
		const { name, x, wide } = flag;
		pen.fillStyle = ink.pole;
		pen.fillRect(Math.round(x), 0, 1, height);
		if (place.side === 'bare') {
			pen.fillRect(Math.round(x), 0, 5, 5); // a flag without its name
			continue;
		}
		const left = place.side === 'left' ? x - wide : x;
		pen.fillStyle = ink.ground;
		pen.fillRect(Math.round(left), 0, Math.ceil(wide), high);
		pen.fillStyle = ink.pole;
		pen.fillRect(Math.round(x), 0, 1, height);
		pen.fillText(name, left + air, high / 2 + 0.5);
	}
}
