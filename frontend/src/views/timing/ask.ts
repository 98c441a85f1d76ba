import { wireMicros } from '$lib/format/time';
import type { EachEmit } from '$lib/state/emits';
import { allLanes } from '$lib/state/timeline.svelte';
import type { Window } from './window';

/** The query for what a lane emitted in a time. */
export function queryOf(namespace: string, { from, to }: Window): string {
	const lane = namespace === allLanes ? '' : `ns:${namespace} `;
	return `${lane}time>=${wireMicros(from)} time<${wireMicros(to)}`;
}

/** The address that lists it on Live. */
export function addressOf(query: string): string {
	return `#live?q=${encodeURIComponent(query)}`;
}

/** A time on the wire is whole nanoseconds, one of the feed is whole microseconds: so much does an emit's own time need around it, in ms. */
const aroundMs = 0.002;

/**
 * The emit nearest to a time, and a span that holds it alone; null where none is
 * within reach.
 */
export function emitAt(
	at: number,
	reachMs: number,
	within: (from: number, to: number, each: EachEmit) => void,
): (Window & { at: number }) | null {
	let nearest = Number.POSITIVE_INFINITY;
	within(at - reachMs, at + reachMs, (t) => {
		if (Math.abs(t - at) < Math.abs(nearest - at)) nearest = t;
	});
	if (nearest === Number.POSITIVE_INFINITY) return null;
	return { at: nearest, from: nearest - aroundMs, to: nearest + aroundMs };
}
