/**
 * Collects changes between two animation frames, so that the screen is painted
 * at most once for each. While the page is hidden nothing is painted.
 */
export class Painter {
	#asked = 0;
	#later: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly paint: () => void,
		private readonly request: (callback: () => void) => number = (callback) => requestAnimationFrame(callback),
		private readonly cancel: (id: number) => void = (id) => cancelAnimationFrame(id),
	) {}

	/** Something has changed: paint at the next animation frame. */
	ask(): void {
		if (this.#asked !== 0) return;
		this.#asked = this.request(() => {
			this.#asked = 0;
			this.paint();
		});
	}

	/** The same, but not before so many ms have passed. */
	askIn(ms: number): void {
		if (this.#asked !== 0) return;
		clearTimeout(this.#later);
		this.#later = setTimeout(() => this.ask(), Math.max(0, ms));
	}

	/** Forgets what was asked for. */
	stop(): void {
		clearTimeout(this.#later);
		this.cancel(this.#asked);
		this.#asked = 0;
	}
}
