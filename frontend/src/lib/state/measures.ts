import type { Step } from '$lib/state/steps';
import type { Spread } from '$lib/wire';

/** The measures of emits whose spread is kept, by their names on the wire. */
export const measures = ['lateness', 'interval_error', 'queue_wait'] as const;
export type MeasureName = (typeof measures)[number];

/** The one that is drawn until another is chosen. */
export const firstMeasure: MeasureName = 'lateness';

export function isMeasure(text: string): text is MeasureName {
	return measures.some((m) => m === text);
}

/** How a measure was spread in a step; undefined where that is not kept. */
export function spreadIn(step: Step, measure: MeasureName): Spread | undefined {
	return measure === 'lateness' ? step.spread : step[measure]?.spread;
}

/** The largest value of a measure in a step, in µs. */
export function mostIn(step: Step, measure: MeasureName): number {
	return measure === 'lateness' ? step.lateness_max_us : (step[measure]?.max_us ?? 0);
}

/**
 * Calls back with the size of each interval's error between emits of one lane, in
 * µs: the change of their lateness. They may come in either order. A missed slot is
 * no emit, and the gap goes over it.
 */
export function intervalErrors(each: (us: number) => void): (lateUs: number, isMissed: boolean) => void {
	let before: number | null = null;
	return (lateUs, isMissed) => {
		if (isMissed) return;
		if (before !== null) each(Math.abs(lateUs - before));
		before = lateUs;
	};
}
