/**
 * One time, shown on everything that has a time axis. While it is set, what
 * moves with time holds still, so that a reader can look.
 */
export class Cursor {
	/** In ms since 1970 by the hub's clock; null: nowhere. */
	at = $state<number | null>(null);
	/** The right edge of what is held; null while nothing is. */
	heldTo = $state<number | null>(null);

	/** Points at a time of a picture whose right edge is to. */
	point(at: number, to: number): void {
		this.heldTo ??= to;
		this.at = at;
	}

	/** Goes to the next of these times, or the one before; from the right edge when it is nowhere. */
	step(times: Float64Array, by: 1 | -1, to: number): void {
		const next = nextOf(times, this.at ?? to, by);
		if (next !== null) this.point(next, to);
	}

	clear(): void {
		this.at = null;
		this.heldTo = null;
	}
}

/** The next of sorted times after one, or the last before it; null when there is none. */
export function nextOf(times: Float64Array, at: number, by: 1 | -1): number | null {
	let low = 0;
	let high = times.length;
	// low becomes the first time that is not before at, or, forwards, that is after it.
	while (low < high) {
		const middle = (low + high) >> 1;
		const t = times[middle] ?? 0;
		if (by > 0 ? t <= at : t < at) low = middle + 1;
		else high = middle;
	}
	return (by > 0 ? times[low] : times[low - 1]) ?? null;
}
