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
