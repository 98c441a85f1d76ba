import type { MeasureName } from '$lib/state/measures';

/** How one window was, kept to be seen behind another. */
export interface Run {
	/** What its keeper calls it. */
	name: string;
	/** When it was kept, in ms since 1970 by the hub's clock. */
	at: number;
	/** How many emits had which value, by measure; in buckets as the hub's spreads. */
	counts: Readonly<Record<MeasureName, Float64Array>>;
	/** Microseconds of one turn of the dial then; 0 without a pace. */
	periodUs: number;
	/** Emits on the dial, by twos: how far from its middle (0 to 1), and how late in µs. */
	dots: Float64Array;
}

/** More dots than this are not told apart on the dial. */
export const mostDots = 2000;

/** Another run, drawn as a ghost behind what is now. It is gone with the page. */
export class Comparison {
	run = $state.raw<Run | null>(null);

	keep(run: Run): void {
		this.run = run;
	}

	rename(name: string): void {
		if (this.run && name.trim() !== '') this.run = { ...this.run, name: name.trim() };
	}

	remove(): void {
		this.run = null;
	}
}
