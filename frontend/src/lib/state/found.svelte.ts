import { fit } from '$lib/fuzzy';
import { recall, remember } from '$lib/host/remember';

/** The parts of what can be found, in their order. */
export const parts = ['message', 'recent', 'screens', 'acts', 'streams', 'lanes', 'clients', 'recordings', 'queries', 'boards', 'settings', 'query'] as const;
export type PartName = (typeof parts)[number];

/** One thing that can be found. */
export interface Thing {
	/** The same for the same thing, also tomorrow. */
	readonly id: string;
	readonly part: PartName;
	readonly text: string;
	/** Said small behind it: where it is, or its key. */
	readonly note?: string;
	/** Found by these words, too. */
	readonly also?: string;
	/** Shown whatever was typed. */
	readonly always?: boolean;
	run(): unknown;
}

/** A thing with the characters that were typed. */
export interface Hit {
	readonly thing: Thing;
	readonly places: readonly number[];
}

/** So many of one part are shown at once ... */
const mostOfPart = 6;
/** ... and so many things are remembered as used last. */
const mostRecent = 5;

/** What was found of everything there is. */
export class Found {
	typed = $state('');
	#recent = $state.raw<readonly string[]>(before());

	constructor(private readonly things: () => readonly Thing[]) {}

	/** The best of each part; with nothing typed what was used last comes first. */
	readonly groups = $derived.by(() => {
		const typed = this.typed.trim();
		const scored = this.things().flatMap((thing) => {
			const found = fit(typed, thing.text) ?? (thing.always || (thing.also && fit(typed, thing.also)) ? { score: -10, places: [] } : null);
			if (!found) return [];
			const used = this.#recent.indexOf(thing.id);
			return [{ thing, places: found.places, score: found.score + (used < 0 ? 0 : 4), used }];
		});
		const groups = parts.map((part) => {
			const mine = scored.filter(({ thing, used }) => (typed === '' && used >= 0 ? part === 'recent' : thing.part === part));
			mine.sort((a, b) => (part === 'recent' ? a.used - b.used : typed === '' ? 0 : b.score - a.score));
			return { part, best: Math.max(...mine.map((m) => m.score), Number.NEGATIVE_INFINITY), hits: mine.slice(0, mostOfPart) as readonly Hit[] };
		});
		const there = groups.filter((g) => g.hits.length > 0);
		// What always is there stays at the edges: a number first, free text last.
		const rank = (part: PartName) => (part === 'message' ? 1 : part === 'query' ? -1 : 0);
		return typed === '' ? there : there.sort((a, b) => rank(b.part) - rank(a.part) || b.best - a.best);
	});

	readonly hits = $derived(this.groups.flatMap((g) => g.hits));

	/** Remembers that a thing was used. */
	use(thing: Thing): void {
		if (thing.always) return;
		this.#recent = [thing.id, ...this.#recent.filter((id) => id !== thing.id)].slice(0, mostRecent);
		remember('found', JSON.stringify(this.#recent));
	}
}

function before(): string[] {
	try {
		const ids: unknown = JSON.parse(recall('found') ?? '[]');
		return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
	} catch {
		return [];
	}
}
