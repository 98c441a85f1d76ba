import { Painter } from '$lib/state/painter';

/** One canvas among those that are painted together. */
export interface Plot {
	paint: () => void;
	/** How often it is painted at most while time moves, in ms; 0: each time; null: only when it has changed. */
	everyMs: number | null;
}

/** How long painting may take in one frame, in ms: half of what a frame may take in all. */
const budgetMs = 4;

/**
 * Paints the plots of a screen that have something new, at most once for each
 * animation frame. What would make a frame too long is painted in the next one;
 * those that have waited longest come first.
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
		const began = this.#now();
		const due = [...this.#plots]
			.filter(([{ everyMs }, last]) => last.changed || (everyMs === 0 ? this.#moved : everyMs !== null && began - last.at >= everyMs))
			.sort(([, a], [, b]) => a.at - b.at);
		this.#moved = false;
		for (const [plot, last] of due) {
			last.changed = this.#now() - began >= budgetMs;
			if (last.changed) continue;
			last.at = began;
			plot.paint();
		}
		if (due.some(([, last]) => last.changed)) this.#painter.ask();
	}
}
