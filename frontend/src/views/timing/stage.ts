import { Painter } from '$lib/state/painter';

/** One canvas among those that are painted together. */
export interface Plot {
	paint: () => void;
	/** How often it is painted at most while time moves, in ms; 0: each time; null: only when it has changed. */
	everyMs: number | null;
}

/**
 * Paints the plots of a screen that have something new, at most once for each
 * animation frame. Those that move with time are painted together, so that they
 * agree; of the others one in each frame, so that no frame has all the work.
 */
export class Stage {
	#plots = new Map<Plot, { changed: boolean; at: number }>();
	#painter = new Painter(() => this.#paint());
	#now: () => number;
	#moved = false;

	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** Adds a plot. Returns how to take it away. */
	join(plot: Plot): () => void {
		this.#plots.set(plot, { changed: true, at: 0 });
		this.#painter.ask();
		return () => void this.#plots.delete(plot);
	}

	/** Time has moved on. */
	move(): void {
		this.#moved = true;
		this.#painter.ask();
	}

	stop(): void {
		this.#painter.stop();
	}

	#paint(): void {
		const now = this.#now();
		const due = [...this.#plots].filter(([{ everyMs }, last]) => last.changed || (everyMs === 0 ? this.#moved : everyMs !== null && now - last.at >= everyMs));
		this.#moved = false;
		const together = due.filter(([plot]) => plot.everyMs === 0);
		const [longest, ...others] = due.filter(([plot]) => plot.everyMs !== 0).sort(([, a], [, b]) => a.at - b.at);
		for (const [plot, last] of longest ? [...together, longest] : together) {
			last.changed = false;
			last.at = now;
			plot.paint();
		}
		if (others.length > 0) this.#painter.ask();
	}
}
