import type { RateRow } from '$lib/state/rates';
import type { Group } from '$lib/state/streams.svelte';
import { allLanes } from '$lib/state/timeline.svelte';

/** One series of the rate plot. */
export interface LegendEntry {
	/** Its colour, 0 for the grey one. */
	series: number;
	/** Its stream; null where it stands for several. */
	name: string | null;
}

/** The series that have something to show, the coloured ones first. */
export function legendOf(groups: readonly Group[], namespace: string, rows: readonly RateRow[]): LegendEntry[] {
	const streams = groups.filter((g) => namespace === allLanes || g.namespace === namespace).flatMap((g) => g.streams);
	const colours = new Set(streams.map((s) => s.colour));
	if (rows.some((r) => (r.perSecond[0] ?? 0) > 0)) colours.add(0);
	return [...colours]
		.sort((a, b) => (a || Number.POSITIVE_INFINITY) - (b || Number.POSITIVE_INFINITY))
		.map((series) => {
			const [first, second] = streams.filter((s) => s.colour === series);
			return { series, name: first && !second ? first.event : null };
		});
}
