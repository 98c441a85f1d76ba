import { wireMicros } from '$lib/format/time';
import type { EachEmit } from '$lib/state/emits';
import { allLanes } from '$lib/state/timeline.svelte';
import type { Window } from './window';

/**
 * The feed tells of an emit's due time and lateness in whole microseconds, each
 * cut: so far may its time be from the one the hub knows, in ms.
 */
const offMs = 0.003;

/** The query for what a lane emitted in a time, both ends with it: they may be emits. */
export function queryOf(namespace: string, { from, to }: Window): string {
	const lane = namespace === allLanes ? '' : `ns:${namespace} `;
	return `${lane}time>=${wireMicros(from - offMs)} time<=${wireMicros(to + offMs)}`;
}

/** The address that lists it on Live. */
export function addressOf(query: string): string {
	return `#live?q=${encodeURIComponent(query)}`;
}

/** When the emit nearest to a time was; null where none is within reach ms of it. */
export function emitAt(at: number, reachMs: number, within: (from: number, to: number, each: EachEmit) => void): number | null {
	let nearest = Number.POSITIVE_INFINITY;
	within(at - reachMs, at + reachMs, (t) => {
		if (Math.abs(t - at) < Math.abs(nearest - at)) nearest = t;
	});
	return nearest === Number.POSITIVE_INFINITY ? null : nearest;
}
