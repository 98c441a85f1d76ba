/** How much of the clocks' difference is forgotten with each frame, in ms, for clocks drift. */
const forgetMs = 0.2;

/** A difference that changes by more is no drift: somebody has set a clock. */
const setMs = 2000;

/** The hub's clock, as its frames tell it. */
export class Clock {
	#ahead: number | null = null; // hub's clock − ours, in ms
	#steady: () => number;

	constructor(steady: () => number = () => performance.now()) {
		this.#steady = steady;
	}

	/** A frame has come that was made at this time. The one that came quickest shows the difference best. */
	hear(time: number): void {
		const ahead = time - this.#steady();
		this.#ahead = this.#ahead === null ? ahead : Math.max(ahead, this.#ahead - forgetMs);
		if (Math.abs(ahead - this.#ahead) > setMs) this.#ahead = ahead;
	}

	/** The hub's time now, in ms since 1970; ours until it is known. */
	now(): number {
		return this.#ahead === null ? Date.now() : this.#steady() + this.#ahead;
	}
}
