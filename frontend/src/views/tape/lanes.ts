import type { Density, StreamDensity } from '$lib/state/reel.svelte';

/** One line of the timeline: a stream, or all those that have none. */
export interface Lane {
	namespace: string;
	/** Empty: the streams that have no line of their own. */
	event: string;
	/** Its series colour, 1 to 6, or 0 for the grey one that many share. */
	colour: number;
	counts: readonly number[];
	/** How many streams it stands for. */
	streams: number;
}

/** A stretch in which streams that have messages all the time have none. */
export interface Gap {
	/** The first and the last lane. */
	from: number;
	to: number;
	/** The steps, the last one not included. */
	begin: number;
	end: number;
}

const colours = [1, 2, 3, 4, 5, 6];

const keyOf = (s: Pick<StreamDensity, 'namespace' | 'event'>) => `${s.namespace} ${s.event}`;

/** The colours of a recording's streams, loudest first: those that they have on the other screens, and of the rest each the next free one. */
export function coloursOf(streams: readonly StreamDensity[], live: (namespace: string, event: string) => number): ReadonlyMap<string, number> {
	const found = new Map<string, number>();
	for (const s of streams) {
		const colour = live(s.namespace, s.event);
		if (colour > 0) found.set(keyOf(s), colour);
	}
	const free = colours.filter((c) => ![...found.values()].includes(c));
	for (const s of streams) if (!found.has(keyOf(s))) found.set(keyOf(s), free.shift() ?? 0);
	return found;
}

/** The lines of a timeline, at most so many: which there are and their order say all of it, what is in them the part that is looked at. */
export function lanesOf(all: Density, shown: Density, colour: ReadonlyMap<string, number>, most: number): Lane[] {
	const hasRest = all.streams.length > most || all.others.length > 0;
	const own = all.streams.slice(0, hasRest ? most - 1 : most);
	const now = new Map(shown.streams.map((s) => [keyOf(s), s.counts]));
	const lanes: Lane[] = own.map((s) => ({
		namespace: s.namespace, event: s.event, colour: colour.get(keyOf(s)) ?? 0, counts: now.get(keyOf(s)) ?? [], streams: 1,
	}));
	if (!hasRest) return lanes;
	const shownAlone = new Set(own.map(keyOf));
	const rest = shown.streams.filter((s) => !shownAlone.has(keyOf(s)));
	const counts = shown.late.map((_, i) => rest.reduce((sum, s) => sum + (s.counts[i] ?? 0), shown.others[i] ?? 0));
	return [...lanes, { namespace: '', event: '', colour: 0, counts, streams: all.streams.length - own.length }];
}

/** A lane in which fewer steps than this share have messages, or not so many for each silence, is one that often has none. */
const usualShare = 0.7;
const perSilence = 10;

/** Stretches of at least so many steps without a message, in lanes that have some in nearly all others. Lanes next to one another share theirs. */
export function gapsOf(lanes: readonly Lane[], least: number): Gap[] {
	const gaps: Gap[] = [];
	for (const [i, { counts }] of lanes.entries()) {
		const silences = silencesOf(counts, least);
		const silent = silences.reduce((sum, [begin, end]) => sum + end - begin, 0);
		const first = counts.findIndex((n) => n > 0);
		const last = counts.findLastIndex((n) => n > 0);
		const full = counts.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
		if (first < 0 || full < usualShare * (last - first + 1 - silent) || full < perSilence * silences.length) continue;
		for (const [begin, end] of silences) {
			const same = gaps.find((g) => g.to === i - 1 && Math.abs(g.begin - begin) <= 2 && Math.abs(g.end - end) <= 2);
			if (same) {
				same.to = i;
				same.begin = Math.max(same.begin, begin);
				same.end = Math.min(same.end, end);
			} else gaps.push({ from: i, to: i, begin, end });
		}
	}
	return gaps;
}

/** Stretches without a message between two that have some. */
function silencesOf(counts: readonly number[], least: number): [begin: number, end: number][] {
	const found: [number, number][] = [];
	let last = -1;
	for (const [i, n] of counts.entries()) {
		if (n === 0) continue;
		if (last >= 0 && i - last - 1 >= least) found.push([last + 1, i]);
		last = i;
	}
	return found;
}
