import type { LaneStats } from '$lib/wire';

/** What the hub had refused in all, of one lane, at a time in ms. */
type Told = ReadonlyMap<string, number>;

/** How far back refusals count, in ms. */
const backMs = 60_000;

/** For how long after a refusal a lane counts as one that refuses, in ms: it is told once a second. */
const stillMs = 2500;

/**
 * What full lanes refuse. Their producers are told (429), but whoever looks at
 * the page learns it nowhere else: what was refused is no message. It counts from
 * when the page began to hear of it.
 */
export class Refusals {
	/** Messages refused in the last minute. */
	count = $state(0);
	/** The lane that refused most of them; empty: none did. */
	namespace = $state('');
	/** Whether it does so now. */
	goesOn = $state(false);

	#told: { at: number; lanes: Told }[] = [];

	/** Takes in the counters of a second, in ms since 1970. */
	add(at: number, lanes: readonly LaneStats[]): void {
		const now: Told = new Map(lanes.map((l) => [l.namespace, l.counters.rejected]));
		const before = this.#told.at(-1)?.lanes;
		const isAnother = before !== undefined && [...now].some(([name, n]) => n < (before.get(name) ?? 0)); // the hub was started anew
		this.#told = [...(isAnother ? [] : this.#told.filter((t) => t.at >= at - backMs)), { at, lanes: now }];
		const minute = this.#since(at - backMs, now);
		this.count = minute.reduce((sum, [, n]) => sum + n, 0);
		this.namespace = minute[0]?.[0] ?? '';
		this.goesOn = this.#since(at - stillMs, now).some(([name]) => name === this.namespace);
	}

	/** How many each lane refused since a time, most first. A lane that is new had refused none before. */
	#since(from: number, now: Told): [string, number][] {
		const first = this.#told.find((t) => t.at >= from)?.lanes ?? now;
		const each = [...now].map(([name, n]): [string, number] => [name, n - (first.get(name) ?? 0)]);
		return each.filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a);
	}
}
