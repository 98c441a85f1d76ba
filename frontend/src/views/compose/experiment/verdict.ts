import { parseDuration, period } from '$lib/format/number';
import type { Experiment, WayResult } from '$lib/wire';

/** What may be said of one way beside the lane. */
export type Verdict =
	| { kind: 'none' } // nothing has been measured, or too little
	| { kind: 'noise' } // the runs overlap
	| { kind: 'lane' | 'way'; times: number }; // which was steadier, and how many times

export function verdictOf(way: WayResult | undefined): Verdict {
	const against = way?.against_lane;
	if (!against || !(against.times > 0)) return { kind: 'none' };
	if (!against.apart) return { kind: 'noise' };
	return against.times > 1 ? { kind: 'lane', times: against.times } : { kind: 'way', times: 1 / against.times };
}

/** "41", or "1.8" where a digit more tells something. */
export function timesText(times: number): string {
	return times < 9.95 ? times.toFixed(1) : times.toFixed(0);
}

/** How much longer than asked for the mean interval is, in percent. */
export function driftPercent(way: WayResult, intervalUs: number): number {
	return (way.mean_interval_us / intervalUs - 1) * 100;
}

/** Which moments of a run are looked at. */
export type Moments = 'emitted' | 'received';

/**
 * The ways of which there are such moments, in the order in which they are shown: the lane stands
 * below what it is compared with, and over the control, which has received nothing.
 */
export function shown(found: Experiment, moments: Moments): readonly WayResult[] {
	const last = ['lane', 'control'];
	return found.ways.filter((w) => w[moments].count > 0).sort((a, b) => last.indexOf(a.way) - last.indexOf(b.way));
}

/** A duration from the wire as a reader writes it: "10 ms". */
export function lengthText(text: string): string {
	return period(parseDuration(text));
}
