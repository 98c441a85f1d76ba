import { parseTime } from '$lib/format/time';
import type { FeedFrame, FeedSecond, Point } from '$lib/wire';

/** What happened in one second. */
export interface Second {
	/** When it began, in s since 1970. */
	at: number;
	emitted: number;
	/** Messages waiting in all lanes at its end. */
	depth: number;
}

/** Rates over the last seconds. */
export interface Rates {
	emitted: number;
	delivered: number;
}

const historySeconds = 60;
const rateMs = 3000; // long enough for a steady digit, short enough to follow a change
const leastRateMs = 900; // the first frame after the greeting may come in the middle of a second

/** The hub's readings. Those that do not exist yet are null. */
export class Meter {
	clients = $state<number | null>(null);
	slow = $state(0);
	/** Once a second. */
	second = $state.raw<FeedSecond | null>(null);
	rates = $state.raw<Rates | null>(null);
	/** The last minute, oldest first; seconds nobody knows of are missing. */
	history = $state.raw<readonly Second[]>([]);
	/** The hub's time in ms since 1970 when it last spoke. */
	time = $state<number | null>(null);

	/** Lateness p99 over the last minute in microseconds. */
	readonly p99Us = $derived(this.second && this.second.lateness.count > 0 ? this.second.lateness.p99_us : null);

	#next: FeedFrame | null = null;
	#nextSecond: FeedSecond | null = null;
	#nextHistory: Second[] | null = null;
	#nextRates: Rates | null = null;
	#samples: { at: number; emitted: number; delivered: number }[] = [];

	/** Begins again with what the hub knows of its last minute. */
	begin(points: readonly Point[]): void {
		this.#samples = [];
		this.#keep(points.map(secondOf));
	}

	add(frame: FeedFrame): void {
		this.#next = frame;
		if (!frame.second) return;
		this.#nextSecond = frame.second;
		this.#nextRates = this.#rate(frame, frame.second);
		this.#keep([secondOf(frame.second.point)]);
	}

	commit(): void {
		if (this.#nextHistory) this.history = this.#nextHistory;
		if (this.#nextSecond) this.second = this.#nextSecond;
		if (this.#nextRates) this.rates = this.#nextRates;
		if (this.#next) {
			this.clients = this.#next.clients;
			this.slow = this.#next.slow;
			this.time = parseTime(this.#next.time);
		}
		this.#next = this.#nextSecond = this.#nextHistory = this.#nextRates = null;
	}

	/** Merges seconds into the history; what comes later replaces what was there. */
	#keep(seconds: readonly Second[]): void {
		const byTime = new Map((this.#nextHistory ?? this.history).map((s) => [s.at, s]));
		for (const s of seconds) if (Number.isFinite(s.at)) byTime.set(s.at, s); // a hub's first second has no time yet
		const all = [...byTime.values()].sort((a, b) => a.at - b.at);
		const newest = all.at(-1)?.at ?? 0;
		this.#nextHistory = all.filter((s) => s.at > newest - historySeconds);
	}

	#rate(frame: FeedFrame, second: FeedSecond): Rates {
		const { emitted, delivered } = frame.counters;
		const now = { at: parseTime(frame.time), emitted, delivered };
		this.#samples = [...this.#samples.filter((s) => s.at > now.at - rateMs - 500 && s.emitted <= emitted), now];
		const first = this.#samples[0];
		if (!first || now.at - first.at < leastRateMs) return { emitted: second.point.emitted, delivered: second.point.delivered };
		const seconds = (now.at - first.at) / 1000;
		return { emitted: (emitted - first.emitted) / seconds, delivered: (delivered - first.delivered) / seconds };
	}
}

function secondOf(p: Point): Second {
	return { at: parseTime(p.time) / 1000, emitted: p.emitted, depth: p.depth };
}
