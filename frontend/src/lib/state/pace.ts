import { parseDuration } from '$lib/format/number';
import type { Lane, LanePatch } from '$lib/wire';

/** How a lane's pace is said: a time from one message to the next, messages a second, or neither. */
export type PaceKind = 'interval' | 'rate' | 'none';

/** A lane's pace. */
export interface Pace {
	kind: PaceKind;
	/** Microseconds from one slot to the next; 0 with none. */
	us: number;
}

/** What can be chosen by hand, in µs; the hub takes up to a day. */
export const leastUs = 1000;
export const mostUs = 10_000_000;
const decades = Math.log10(mostUs / leastUs);

/** The hub's own bounds. */
const hubMostUs = 86_400e6;

export const none: Pace = { kind: 'none', us: 0 };

export function paceOf(lane: Pick<Lane, 'interval' | 'rate'>): Pace {
	if (lane.rate > 0) return { kind: 'rate', us: 1e6 / lane.rate };
	const us = parseDuration(lane.interval);
	return us > 0 ? { kind: 'interval', us } : none;
}

/** What to send for a pace. An interval is told to the nanosecond, for a rate keeps its own exactness. */
export function patchOf({ kind, us }: Pace): LanePatch {
	if (kind === 'rate') return { rate: Number((1e6 / us).toPrecision(12)) };
	return { interval: kind === 'none' ? '0s' : `${Number((us / 1000).toFixed(6))}ms` };
}

/** Where a pace stands on the slider: 0 is the fastest, 1 the slowest that can be chosen there. */
export function placeOf(us: number): number {
	return Math.min(1, Math.max(0, Math.log10(us / leastUs) / decades));
}

/** The pace at a place, to two digits of what is shown of it: ms, or messages a second. */
export function paceAt(place: number, kind: PaceKind): Pace {
	const us = leastUs * 10 ** (place * decades);
	return { kind, us: kind === 'rate' ? 1e6 / Number((1e6 / us).toPrecision(2)) : Number(us.toPrecision(2)) };
}

/** The next slower (+1) or faster (−1) pace of two digits; of one of 1, 2 and 5 when the step is large. */
export function beside({ kind, us }: Pace, by: 1 | -1, isLarge: boolean): Pace {
	const isRate = kind === 'rate';
	const shown = isRate ? 1e6 / us : us;
	const next = nextShown(shown, isRate ? (-by as 1 | -1) : by, isLarge ? [1, 2, 5] : null);
	return { kind, us: Math.min(mostUs, Math.max(leastUs, isRate ? 1e6 / next : next)) };
}

function nextShown(value: number, by: 1 | -1, digits: readonly number[] | null): number {
	const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
	const all = digits ?? Array.from({ length: 90 }, (_, i) => (i + 10) / 10);
	const near = [power / 10, power, power * 10].flatMap((p) => all.map((d) => Number((d * p).toPrecision(3))));
	const isBeyond = (v: number) => (by > 0 ? v > value * (1 + 1e-9) : v < value * (1 - 1e-9));
	return (by > 0 ? near.find(isBeyond) : near.findLast(isBeyond)) ?? value;
}

/**
 * Reads what somebody wrote: "9", "9 ms", "1.5 s", "250 µs"; or, as a rate, "100",
 * "100/s". A number alone is in ms, or messages a second. Null for what is none,
 * or beyond what a lane can do.
 */
export function readPace(text: string, kind: 'interval' | 'rate'): Pace | null {
	const found = /^\s*([\d.,]+)\s*(?:(µs|us|ms|s|min|h)|(\/\s*s|msg\/s|条\/秒))?\s*$/i.exec(text.replaceAll(',', ''));
	const value = Number(found?.[1]);
	if (!found || !(value > 0)) return null;
	const unit = (found[2] ?? '').toLowerCase();
	const isRate = found[3] !== undefined || (unit === '' && kind === 'rate');
	const scale: Record<string, number> = { 'µs': 1, us: 1, '': 1000, ms: 1000, s: 1e6, min: 6e7, h: 3.6e9 };
	const us = isRate ? 1e6 / value : value * (scale[unit] ?? Number.NaN);
	return us >= leastUs - 1e-6 && us <= hubMostUs ? { kind: isRate ? 'rate' : 'interval', us } : null;
}

/** The number that is shown large, and its unit, for a rate the one given: "10.000 ms", "1.000 s", "100.0 msg/s". */
export function shownPace({ kind, us }: Pace, rateUnit: string): { value: string; unit: string } {
	if (kind === 'rate') {
		const rate = 1e6 / us;
		return { value: rate >= 10 ? rate.toFixed(1) : Number(rate.toPrecision(3)).toString(), unit: rateUnit };
	}
	return us < 1e6 ? { value: (us / 1000).toFixed(3), unit: 'ms' } : { value: (us / 1e6).toFixed(3), unit: 's' };
}
