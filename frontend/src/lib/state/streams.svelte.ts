import { parseTime } from '$lib/format/time';
import { recall, remember } from '$lib/host/remember';
import type { Stream } from '$lib/wire';

/** One stream with what the screen adds to it. */
export interface StreamNow {
	namespace: string;
	event: string;
	/** Messages that ended a second over the last seconds: emitted, lost or received. */
	perSecond: number;
	/** How long ago its newest message was accepted, in ms, when the hub last told of streams. */
	agoMs: number;
	/** Its series colour, 1 to 6, or 0 for the grey one that many share. */
	colour: number;
	/** Its rate in each of the last seconds, oldest first. */
	history: readonly number[];
}

/** One namespace's streams. */
export interface Group {
	namespace: string;
	perSecond: number;
	streams: readonly StreamNow[];
}

/** What comes first in the list. */
export const sorts = ['loudest', 'name', 'recent'] as const;
export type Sort = (typeof sorts)[number];

/** What streams and whole namespaces are put in order by. */
interface Placed {
	name: string;
	perSecond: number;
	agoMs: number;
}

const byName = (a: Placed, b: Placed) => (a.name < b.name ? -1 : 1);
const comparing: Record<Sort, (a: Placed, b: Placed) => number> = {
	loudest: (a, b) => b.perSecond - a.perSecond || byName(a, b),
	name: byName,
	recent: (a, b) => a.agoMs - b.agoMs || byName(a, b),
};

const colours = [1, 2, 3, 4, 5, 6];
const historySeconds = 30;
const reorderMs = 2000;

/** As the deck's rate: long enough for a steady digit, short enough to follow a change. */
const rateSeconds = 3;

/** A stream that was silent for so long leaves its colour to another. */
const silenceMs = 60_000;

/** How many messages of a stream had ended at a time. */
interface Sample {
	at: number;
	count: number;
}

/** All streams by namespace, in the order the reader likes. */
export class Streams {
	groups = $state.raw<readonly Group[]>([]);
	/** Their order; remembered. */
	sort = $state<Sort>(sorts.find((s) => s === recall('streams')) ?? 'loudest');
	/** While true the order keeps still, for someone is pointing at it. */
	held = false;

	readonly count = $derived(this.groups.reduce((sum, g) => sum + g.streams.length, 0));

	#next: readonly Stream[] | null = null;
	#time = 0;
	#colours = $state.raw<ReadonlyMap<string, number>>(new Map());
	#samples = new Map<string, Sample[]>();
	#current = new Map<string, { perSecond: number; history: readonly number[] }>();
	#places = new Map<string, number>(); // by namespace, and by namespace and event
	#orderedAt = Number.NEGATIVE_INFINITY;

	/** The events that a namespace has streams of. */
	eventsOf(namespace: string): string[] {
		return this.groups.find((g) => g.namespace === namespace)?.streams.map((s) => s.event) ?? [];
	}

	/** Takes in what the hub tells once a second; time is the hub's own then. */
	add(streams: readonly Stream[], time: string): void {
		this.#next = streams;
		this.#time = parseTime(time);
		this.#current = new Map(streams.map((s) => [keyOf(s.namespace, s.event), this.#measure(s)]));
		for (const key of this.#samples.keys()) if (!this.#current.has(key)) this.#samples.delete(key);
		this.#paint(streams);
	}

	/** Rates from the hub's running counts, which miss nothing; before there are two of them, its own rate. */
	#measure({ namespace, event, count, per_second }: Stream): { perSecond: number; history: readonly number[] } {
		const key = keyOf(namespace, event);
		const before = (this.#samples.get(key) ?? []).filter((s) => s.count <= count && s.at < this.#time);
		const samples = [...before, { at: this.#time, count }].slice(-historySeconds - 1);
		this.#samples.set(key, samples);
		const rate = (from: Sample | undefined, to: Sample | undefined) =>
			from && to && to.at > from.at ? ((to.count - from.count) * 1000) / (to.at - from.at) : per_second;
		return {
			perSecond: rate(samples.at(-1 - Math.min(rateSeconds, samples.length - 1)), samples.at(-1)),
			history: samples.slice(1).map((s, i) => rate(samples[i], s)),
		};
	}

	/** The colours go to the loudest streams; who has one keeps it until it falls silent. */
	#paint(streams: readonly Stream[]): void {
		const live = streams
			.filter((s) => this.#time - parseTime(s.last_seen) < silenceMs)
			.map((s) => keyOf(s.namespace, s.event))
			.sort((a, b) => (this.#current.get(b)?.perSecond ?? 0) - (this.#current.get(a)?.perSecond ?? 0));
		const kept = new Map(live.flatMap((key) => (this.#colours.has(key) ? [[key, this.#colours.get(key) ?? 0]] : [])));
		const taken = new Set(kept.values());
		const free = colours.filter((c) => !taken.has(c));
		for (const key of live) {
			if (kept.has(key)) continue;
			const colour = free.shift();
			if (colour === undefined) break;
			kept.set(key, colour);
		}
		const same = kept.size === this.#colours.size && [...kept].every(([key, colour]) => this.#colours.get(key) === colour);
		if (!same) this.#colours = kept;
	}

	/** The series colour of a stream, 0 for the grey one of all the others. */
	colour(namespace: string, event: string): number {
		return this.#colours.get(keyOf(namespace, event)) ?? 0;
	}

	/** Puts them in another order, at once. */
	sortBy(sort: Sort): void {
		this.sort = sort;
		remember('streams', sort);
		this.#order(this.groups);
		this.groups = this.#inOrder(this.groups);
	}

	/** Shows what was taken in. now is in ms on any steady clock. */
	commit(now: number): void {
		if (!this.#next) return;
		const groups = this.#group(this.#next);
		this.#next = null;
		if (!this.held && now - this.#orderedAt >= reorderMs) {
			this.#orderedAt = now;
			this.#order(groups);
		}
		this.groups = this.#inOrder(groups);
	}

	/** Notes the place of everything as the order is now. */
	#order(groups: readonly Group[]): void {
		const compare = comparing[this.sort];
		this.#places.clear();
		const all = groups.map((g) => ({ name: g.namespace, perSecond: g.perSecond, agoMs: Math.min(...g.streams.map((s) => s.agoMs)) }));
		for (const [i, { name }] of all.sort(compare).entries()) this.#places.set(name, i);
		for (const g of groups) {
			const streams = g.streams.map((s) => ({ name: s.event, perSecond: s.perSecond, agoMs: s.agoMs })).sort(compare);
			for (const [i, { name }] of streams.entries()) this.#places.set(keyOf(g.namespace, name), i);
		}
	}

	#inOrder(groups: readonly Group[]): Group[] {
		const place = (key: string) => this.#places.get(key) ?? Number.MAX_SAFE_INTEGER; // newcomers come last
		return groups
			.map((g) => ({ ...g, streams: g.streams.toSorted((a, b) => place(keyOf(a.namespace, a.event)) - place(keyOf(b.namespace, b.event))) }))
			.sort((a, b) => place(a.namespace) - place(b.namespace));
	}

	#group(streams: readonly Stream[]): Group[] {
		const groups = new Map<string, StreamNow[]>();
		for (const s of streams) {
			const key = keyOf(s.namespace, s.event);
			const one: StreamNow = {
				namespace: s.namespace,
				event: s.event,
				perSecond: this.#current.get(key)?.perSecond ?? s.per_second,
				agoMs: this.#time - parseTime(s.last_seen),
				colour: this.#colours.get(key) ?? 0,
				history: this.#current.get(key)?.history ?? [],
			};
			const group = groups.get(s.namespace);
			if (group) group.push(one);
			else groups.set(s.namespace, [one]);
		}
		return [...groups].map(([namespace, list]) => ({
			namespace,
			perSecond: list.reduce((sum, s) => sum + s.perSecond, 0),
			streams: list,
		}));
	}
}

/** Namespaces have no white space, so a space divides them from any event name. */
function keyOf(namespace: string, event: string): string {
	return `${namespace} ${event}`;
}
