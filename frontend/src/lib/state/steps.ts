import { parseTime } from '$lib/format/time';
import type { Point, Spread } from '$lib/wire';

/** What happened in one step of time. */
export interface Step extends Point {
	/** When it began, in ms since 1970 by the hub's clock. */
	at: number;
}

/** Buckets of lateness in a decade, as the hub counts them, and how many there are: 1 µs to 100 s. */
export const perDecade = 10;
export const buckets = 80;

/** Numbers their times. A hub's first second, which has no time yet, is left out. */
export function stepsOf(points: readonly Point[]): Step[] {
	return points.map((p) => ({ ...p, at: parseTime(p.time) })).filter((s) => s.at > 0);
}

/**
 * Both together, oldest first, and only the newest ms of them. Where both have
 * the same time the newer tells, but never less: the hub forgets the spreads of
 * what is long ago, and then the measures.
 */
export function mergeSteps(old: readonly Step[], newer: readonly Step[], keptMs: number): Step[] {
	const byTime = new Map(old.map((s) => [s.at, s]));
	for (const s of newer) {
		const before = byTime.get(s.at);
		byTime.set(s.at, before ? withRest(s, before) : s);
	}
	const all = [...byTime.values()].sort((a, b) => a.at - b.at);
	const newest = all.at(-1)?.at ?? 0;
	return all.filter((s) => s.at > newest - keptMs);
}

/** A step, and what only an earlier telling of it knew. */
function withRest(step: Step, before: Step): Step {
	const both = { ...before, ...step };
	for (const measure of ['interval_error', 'queue_wait'] as const) {
		const spread = step[measure]?.spread ?? before[measure]?.spread;
		const told = both[measure];
		if (told && spread) both[measure] = { ...told, spread };
	}
	return both;
}

/** The sum of what happened. Percentiles are the spreads' own business. */
export interface Total {
	emitted: number;
	missed: number;
	/** Emits over the limit, without missed slots. */
	late: number;
	dropped: number;
	maxUs: number;
}

export function total(steps: readonly Step[]): Total {
	const sum: Total = { emitted: 0, missed: 0, late: 0, dropped: 0, maxUs: 0 };
	for (const s of steps) {
		sum.emitted += s.emitted;
		sum.missed += s.missed_slots;
		// The hub counts a missed slot as late: it was late by a whole period.
		sum.late += Math.max(0, s.late - s.missed_slots);
		sum.dropped += s.dropped;
		sum.maxUs = Math.max(sum.maxUs, s.lateness_max_us);
	}
	return sum;
}

/** Adds a spread to counts; returns how many it has. */
export function addSpread(counts: Float64Array, spread: Spread | undefined): number {
	if (!spread) return 0;
	let sum = 0;
	for (let i = 0; i < spread.counts.length; i++) {
		const n = spread.counts[i] ?? 0;
		const at = spread.first + i;
		counts[at] = (counts[at] ?? 0) + n;
		sum += n;
	}
	return sum;
}

/**
 * A quantile of counts in buckets of equal width on a log axis that begins at
 * 1 µs, in µs; null when there are none. Within its bucket it is placed as if
 * the counts were spread evenly there.
 */
export function quantile(counts: ArrayLike<number>, bucketsPerDecade: number, q: number): number | null {
	let sum = 0;
	for (let i = 0; i < counts.length; i++) sum += counts[i] ?? 0;
	if (sum === 0) return null;
	let left = q * sum;
	for (let i = 0; i < counts.length; i++) {
		const n = counts[i] ?? 0;
		if (n > 0 && left <= n) return 10 ** ((i + left / n) / bucketsPerDecade);
		left -= n;
	}
	return 10 ** (counts.length / bucketsPerDecade);
}

/** One step out of several; its percentiles are those of the spreads, as far as there are any. */
export function joinSteps(steps: readonly Step[]): Step | null {
	const [first] = steps;
	const last = steps.at(-1);
	if (!first || !last) return null;
	if (steps.length === 1) return first;
	const counts = new Float64Array(buckets);
	for (const s of steps) addSpread(counts, s.spread);
	const sum = (of: (s: Step) => number) => steps.reduce((n, s) => n + of(s), 0);
	const most = (of: (s: Step) => number) => steps.reduce((n, s) => Math.max(n, of(s)), 0);
	const measures: Pick<Step, 'interval_error' | 'queue_wait'> = {};
	for (const name of ['interval_error', 'queue_wait'] as const) {
		const each = new Float64Array(buckets);
		if (sum((s) => addSpread(each, s[name]?.spread)) === 0) continue;
		measures[name] = { p50_us: quantile(each, perDecade, 0.5) ?? 0, p90_us: quantile(each, perDecade, 0.9) ?? 0, p99_us: quantile(each, perDecade, 0.99) ?? 0, max_us: most((s) => s[name]?.max_us ?? 0) };
	}
	const { interval_error: _, queue_wait: __, source_latency: ___, spread: ____, ...rest } = first;
	return {
		...rest,
		...measures,
		accepted: sum((s) => s.accepted),
		emitted: sum((s) => s.emitted),
		dropped: sum((s) => s.dropped),
		missed_slots: sum((s) => s.missed_slots),
		late: sum((s) => s.late),
		delivered: sum((s) => s.delivered),
		depth: last.depth,
		lateness_p50_us: quantile(counts, perDecade, 0.5) ?? 0,
		lateness_p90_us: quantile(counts, perDecade, 0.9) ?? 0,
		lateness_p99_us: quantile(counts, perDecade, 0.99) ?? 0,
		lateness_max_us: most((s) => s.lateness_max_us),
	};
}
