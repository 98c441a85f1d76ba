import { parseTime } from '$lib/format/time';
import type { Stream, StreamPointList } from '$lib/wire';

/** Six series colours, and place 0 for all other streams together. */
export const seriesCount = 7;

/** Messages a second of each series, in one step of time. */
export interface RateRow {
	/** When the step began, in ms since 1970 by the hub's clock. */
	at: number;
	perSecond: Float64Array;
}

/** The place of a stream's series: its colour, or 0. */
export type SeriesOf = (namespace: string, event: string) => number;

/** What the hub remembers, as rows. */
export function rowsOf(list: StreamPointList, stepMs: number, series: SeriesOf): RateRow[] {
	const seconds = stepMs / 1000;
	return list.times.map((time, i) => {
		const perSecond = new Float64Array(seriesCount);
		const add = (place: number, n: number) => (perSecond[place] = (perSecond[place] ?? 0) + n / seconds);
		for (const s of list.streams) add(series(s.namespace, s.event), s.counts[i] ?? 0);
		add(0, list.others[i] ?? 0);
		return { at: parseTime(time), perSecond };
	});
}

/** Both together, oldest first, and only the newest ms of them; where both have the same time, the newer. */
export function mergeRows(old: readonly RateRow[], newer: readonly RateRow[], keptMs: number): RateRow[] {
	const byTime = new Map(old.map((r) => [r.at, r]));
	for (const r of newer) byTime.set(r.at, r);
	const all = [...byTime.values()].sort((a, b) => a.at - b.at);
	const newest = all.at(-1)?.at ?? 0;
	return all.filter((r) => r.at > newest - keptMs);
}

/** Makes rates of the running counts that the hub tells once a second. */
export class Counting {
	#before = new Map<string, number>(); // of every stream, so that a lane can be chosen at any time
	#at = 0;

	/** A lane's rates in the second that began at a time; null for the first, which has nothing to be compared with. An empty namespace is all lanes. */
	next(at: number, streams: readonly Stream[], namespace: string, series: SeriesOf): RateRow | null {
		const seconds = (at - this.#at) / 1000;
		const row: RateRow | null = this.#at > 0 && seconds > 0 ? { at, perSecond: new Float64Array(seriesCount) } : null;
		const counts = new Map<string, number>();
		for (const s of streams) {
			const key = `${s.namespace} ${s.event}`;
			counts.set(key, s.count);
			if (!row || (namespace !== '' && s.namespace !== namespace)) continue;
			const place = series(s.namespace, s.event);
			const more = Math.max(0, s.count - (this.#before.get(key) ?? 0)); // a hub that began again counts from 0
			row.perSecond[place] = (row.perSecond[place] ?? 0) + more / seconds;
		}
		this.#before = counts;
		this.#at = at;
		return row;
	}

	/** The next second has nothing to be compared with. */
	clear(): void {
		this.#before.clear();
		this.#at = 0;
	}
}
