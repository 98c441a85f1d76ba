import type { Series } from '$lib/state/plot.svelte';
import { type PlotSpan, type PlotTime, spanMs } from '$lib/state/plots.svelte';
import type { Window } from './chart';

/** The least a chart shows, in ms, when it shows all there is. */
const leastMs = 1000;

/**
 * The time a chart shows. By the hub's clock it ends now, at the edge; by the
 * producer's too, unless that clock is another, far away: then at its newest point.
 * held: somebody looks at a moment, and it ends where it did.
 */
export function windowOf(series: readonly Series[], x: PlotTime, span: PlotSpan, edge: number, held: number | null): Window {
	let oldest = Number.POSITIVE_INFINITY;
	let newest = Number.NEGATIVE_INFINITY;
	for (const { points } of series) {
		const line = points.by(x);
		oldest = Math.min(oldest, line.x[0] ?? Number.POSITIVE_INFINITY);
		if (line.length > 0) newest = Math.max(newest, line.x[line.length - 1] ?? newest);
	}
	const length = spanMs[span];
	const near = Number.isFinite(length) ? length : 600_000;
	const isFar = x === 'source' && newest > Number.NEGATIVE_INFINITY && (newest > edge + leastMs || newest < edge - near);
	const to = held ?? (isFar ? newest : edge);
	if (Number.isFinite(length)) return { from: to - length, to };
	return { from: Math.min(to - leastMs, Number.isFinite(oldest) ? oldest : to), to };
}
