/** A part of time, in ms since 1970 by the hub's clock. */
export interface Span {
	from: number;
	to: number;
}

/** Nothing shorter can be selected or looked into, in ms. */
const leastMs = 20;

/**
 * One time, and one span of it, shown on everything that has a time axis. While
 * either is set, what moves with time holds still, so that a reader can look.
 */
export class Cursor {
	/** In ms since 1970 by the hub's clock; null: nowhere. */
	at = $state<number | null>(null);
	/** What is selected; null: nothing. */
	span = $state.raw<Span | null>(null);
	/** The span that fills the whole axis; null: the newest time does. */
	zoom = $state.raw<Span | null>(null);
	/** The time that another screen was left at, for the rows of Live; null: none. */
	mark = $state<number | null>(null);

	/** The right edge of what is held; null while nothing is. */
	readonly heldTo = $derived.by(() => this.zoom?.to ?? this.#heldTo);

	#heldTo = $state<number | null>(null);
	#corner = $state<number | null>(null); // where a span began that is not finished

	/** Whether a span is being drawn. */
	get selecting(): boolean {
		return this.#corner !== null;
	}

	/** Points at a time of a picture whose right edge is to. */
	point(at: number, to: number): void {
		this.#heldTo ??= to;
		this.at = at;
		if (this.#corner !== null) this.span = between(this.#corner, at);
	}

	/** Goes to the next of these times, or the one before; from the right edge when it is nowhere. */
	step(times: Float64Array, by: 1 | -1, to: number): void {
		const next = nextOf(times, this.at ?? to, by);
		if (next !== null) this.point(next, to);
	}

	/** Begins a span at a time; from now on it reaches to where the cursor goes. */
	begin(at: number): void {
		this.#corner = at;
		this.span = null;
	}

	/** Ends the span where the cursor is. One that is too short is none. */
	finish(): void {
		this.#corner = null;
		if (this.span && this.span.to - this.span.from < leastMs) this.span = null;
		if (this.at === null && !this.span) this.#heldTo = null;
	}

	/** The other corner: begins a span at the cursor, or ends it there. */
	toggleCorner(): void {
		if (this.#corner !== null) this.finish();
		else if (this.at !== null) this.begin(this.at);
	}

	/** Has the selected span fill the axis. */
	look(): void {
		if (!this.span) return;
		this.zoom = this.span;
		this.deselect();
	}

	/** Lets the newest time fill the axis again. */
	leave(): void {
		this.zoom = null;
		this.deselect();
	}

	deselect(): void {
		this.span = this.#corner = null;
		if (this.at === null) this.#heldTo = null;
	}

	/** Points nowhere. What is selected stays, and is held. */
	clear(): void {
		this.at = null;
		if (!this.span && this.#corner === null) this.#heldTo = null;
	}

	/** Lets go of everything. */
	reset(): void {
		this.zoom = this.span = this.#corner = null;
		this.at = this.#heldTo = null;
	}
}

function between(a: number, b: number): Span {
	return { from: Math.min(a, b), to: Math.max(a, b) };
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
