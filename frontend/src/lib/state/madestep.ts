import type { Step } from '$lib/state/steps';

/** When made-up steps begin. */
export const madeStart = Date.parse('2026-11-22T14:32:00Z');

/** For tests: one second n, in which all was well but for part. */
export function madeStep(n: number, part: Partial<Step> = {}): Step {
	const at = madeStart + n * 1000;
	return {
		at,
		time: new Date(at).toISOString(),
		accepted: 100,
		emitted: 100,
		dropped: 0,
		missed_slots: 0,
		late: 0,
		delivered: 0,
		depth: 0,
		lateness_p50_us: 9,
		lateness_p90_us: 90,
		lateness_p99_us: 200,
		lateness_max_us: 400,
		...part,
	};
}
