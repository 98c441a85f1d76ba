import { Painter } from '$lib/state/painter';

/**
 * How often the list changes at most, in ms. Nobody reads faster, and each
 * change costs time that the emitter on the same machine could need.
 */
const listEveryMs = 100;

/** The same in a flood: rows that are all new each time cannot be read however often they change. */
const floodEveryMs = 250;

/** How often the readings do: a number that changes faster cannot be read. */
const readEveryMs = 250;

/** What the rhythm needs of the list. */
interface List {
	readonly waiting: boolean;
	readonly flooding: boolean;
	readonly paused: boolean;
	/** What of it is drawn only frames after it has changed. */
	readonly bands: { readonly trailing: boolean; follow(): void };
	/** Learns how long the rows took to come that wait now. */
	tellFlood(ms: number): void;
	commit(): void;
}

/**
 * Puts on screen what has come, as often as it can be read: the list and the
 * readings each at a rate of their own, and never both in one animation frame.
 * A list that is drawn in bands changes again only when all of it has been.
 */
export class Rhythm {
	#painter: Painter;
	#listedAt = Number.NEGATIVE_INFINITY;
	#readAt = Number.NEGATIVE_INFINITY;
	#unread = false; // whether readings wait to be painted

	/** `read` paints the readings; it is told when, as `performance.now` says it. */
	constructor(
		private readonly list: List,
		private readonly read: (now: number) => void,
		paints: (paint: () => void) => Painter = (paint) => new Painter(paint),
	) {
		this.#painter = paints(() => this.#commit());
	}

	/** New readings have come, and maybe new rows. */
	hear(): void {
		this.#unread = true;
		this.#paint();
	}

	/** What has come is wanted on screen at once. */
	ask(): void {
		this.#painter.ask();
	}

	stop(): void {
		this.#painter.stop();
	}

	#commit(): void {
		const now = performance.now();
		const { bands } = this.list;
		if (this.list.waiting && !bands.trailing && now - this.#listedAt >= this.#listEveryMs()) {
			this.list.tellFlood(now - this.#listedAt);
			this.#listedAt = now;
			this.list.commit();
		} else if (now - this.#readAt >= readEveryMs) { // in a frame of their own: both together take too long
			this.#readAt = now;
			this.#unread = false;
			this.read(now);
			if (this.list.paused) this.list.commit(); // counts what is new
		} else bands.follow();
		this.#paint();
	}

	#listEveryMs(): number {
		return this.list.flooding ? floodEveryMs : listEveryMs;
	}

	/** Paints what waits as soon as it may be painted. */
	#paint(): void {
		if (this.list.bands.trailing) return this.#painter.ask();
		const reading = this.#unread ? this.#readAt + readEveryMs : Number.POSITIVE_INFINITY;
		const list = this.list.waiting ? this.#listedAt + this.#listEveryMs() : Number.POSITIVE_INFINITY;
		const at = Math.min(reading, list);
		if (at < Number.POSITIVE_INFINITY) this.#painter.askIn(at - performance.now());
	}
}
