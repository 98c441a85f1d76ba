import { parseTime } from '$lib/format/time';
import type { Stream } from '$lib/wire';

/** One stream with what the screen adds to it. */
export interface StreamNow {
	namespace: string;
	event: string;
	count: number;
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

const colours = 6;
const historySeconds = 30;
const reorderMs = 2000;

/** All streams by namespace, the loudest first. */
export class Streams {
	groups = $state.raw<readonly Group[]>([]);
	/** While true the order keeps still, for someone is pointing at it. */
	held = false;

	readonly count = $derived(this.groups.reduce((sum, g) => sum + g.streams.length, 0));

	#next: readonly Stream[] | null = null;
	#time = 0;
	#colours = new Map<string, number>();
	#history = new Map<string, number[]>();
	#order = new Map<string, number>(); // by namespace, and by namespace and event
	#orderedAt = Number.NEGATIVE_INFINITY;

	/** Takes in what the hub tells once a second; time is the hub's own then. */
	add(streams: readonly Stream[], time: string): void {
		this.#next = streams;
		this.#time = parseTime(time);
		for (const s of streams) {
			const key = keyOf(s.namespace, s.event);
			if (!this.#colours.has(key)) this.#colours.set(key, this.#colours.size < colours ? this.#colours.size + 1 : 0);
			this.#history.set(key, [...(this.#history.get(key) ?? []), s.per_second].slice(-historySeconds));
		}
	}

	/** The series colour of a stream, 0 for one the hub has not told of yet. */
	colour(namespace: string, event: string): number {
		return this.#colours.get(keyOf(namespace, event)) ?? 0;
	}

	/** Shows what was taken in. now is in ms on any steady clock. */
	commit(now: number): void {
		if (!this.#next) return;
		const groups = this.#group(this.#next);
		this.#next = null;
		if (!this.held && now - this.#orderedAt >= reorderMs) {
			this.#orderedAt = now;
			this.#order.clear();
			groups.sort((a, b) => b.perSecond - a.perSecond || (a.namespace < b.namespace ? -1 : 1));
			for (const [i, g] of groups.entries()) {
				this.#order.set(g.namespace, i);
				const loudest = [...g.streams].sort((a, b) => b.perSecond - a.perSecond || (a.event < b.event ? -1 : 1));
				for (const [j, s] of loudest.entries()) this.#order.set(keyOf(s.namespace, s.event), j);
			}
		}
		const place = (key: string) => this.#order.get(key) ?? Number.MAX_SAFE_INTEGER; // newcomers come last
		groups.sort((a, b) => place(a.namespace) - place(b.namespace));
		this.groups = groups.map((g) => ({
			...g,
			streams: g.streams.toSorted((a, b) => place(keyOf(a.namespace, a.event)) - place(keyOf(b.namespace, b.event))),
		}));
	}

	#group(streams: readonly Stream[]): Group[] {
		const groups = new Map<string, StreamNow[]>();
		for (const s of streams) {
			const key = keyOf(s.namespace, s.event);
			const one: StreamNow = {
				namespace: s.namespace,
				event: s.event,
				count: s.count,
				perSecond: s.per_second,
				agoMs: this.#time - parseTime(s.last_seen),
				colour: this.#colours.get(key) ?? 0,
				history: this.#history.get(key) ?? [],
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
