import type { Step, Total } from '$lib/state/steps';

/** What the screen says in one sentence. */
export type Verdict =
	| { kind: 'none' } // nothing is known yet
	| { kind: 'quiet' } // nothing was emitted in the window
	| {
			kind: 'told';
			/** Emits and missed slots, and how many of them were not late. */
			total: number;
			kept: number;
			late: number;
			missed: number;
			/** By how much lateness has grown over the window, in µs; null where too little is known. */
			driftUs: number | null;
	  };

/** A drift smaller than this is none: single emits differ by more. */
const leastDriftUs = 50;

export function verdictOf(isPaced: boolean, total: Total, steps: readonly Step[]): Verdict {
	if (steps.length === 0) return { kind: 'none' };
	const all = total.emitted + total.missed;
	if (all === 0) return { kind: 'quiet' };
	return {
		kind: 'told',
		total: all,
		kept: all - total.late - total.missed,
		late: total.late,
		missed: total.missed,
		driftUs: isPaced ? driftOf(steps) : null,
	};
}

/**
 * How the usual lateness has changed from the first tenth of the steps to the
 * last. The schedule itself is computed and cannot drift, so an emitter that
 * falls behind it shows here.
 */
export function driftOf(steps: readonly Step[]): number | null {
	// In a stall the usual lateness is that of the missed slots, and says nothing of the emitter's clock.
	const busy = steps.filter((s) => s.emitted > 0 && s.missed_slots * 10 <= s.emitted);
	if (busy.length < 2) return null;
	const some = Math.max(1, Math.floor(busy.length / 10));
	const usual = (part: readonly Step[]) => part.map((s) => s.lateness_p50_us).sort((a, b) => a - b)[part.length >> 1] ?? 0;
	const drift = usual(busy.slice(-some)) - usual(busy.slice(0, some));
	return Math.abs(drift) < leastDriftUs ? 0 : drift;
}
