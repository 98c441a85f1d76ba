import { Painter } from '$lib/state/painter';

/** One canvas among those that are painted together. */
export interface Plot {
	paint: () => void;
	/** How often it is painted at most while time moves, in ms; null: only when it has changed. */
	everyMs: number | null;
}

/** Paints the plots of a screen, all that have something new, at most once for each animation frame. */
export class Stage {
	#plots = new Map<Plot, { changed: boolean; at: number }>();
	#painter = new Painter(() => this.#paint());
	#now: () => number;

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
		this.#painter.ask();
	}

	stop(): void {
		this.#painter.stop();
	}

	#paint(): void {
		const now = this.#now();
		for (const [plot, last] of this.#plots) {
			const isDue = plot.everyMs !== null && now - last.at >= plot.everyMs;
			if (!last.changed && !isDue) continue;
			last.changed = false;
			last.at = now;
			plot.paint();
		}
	}
}
