import type { Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { FeedLane, Lane } from '$lib/wire';

/** One namespace's line as it is now. */
export interface LaneNow {
	namespace: string;
	depth: number;
	capacity: number;
	/** Microseconds from one slot to the next; 0: as they come. */
	periodUs: number;
}

/** From when on an emit counts as late. */
export interface LateLimit {
	floorUs: number;
	share: number;
}

/** The limit for a lane, in microseconds. */
export function lateLimit(limit: LateLimit, periodUs: number): number {
	return Math.max(limit.floorUs, limit.share * periodUs);
}

/** How often the hub is asked for settings while somebody looks at them, in ms. */
const everyMs = 2000;

/** The lanes of the hub. */
export class Lanes {
	list = $state.raw<readonly LaneNow[]>([]);
	limit = $state.raw<LateLimit | null>(null);
	/** Every lane's settings, which the feed does not tell; as of the hub's newest answer. */
	settings = $state.raw<readonly Lane[]>([]);

	/** Messages waiting in all lanes, and how many may; null before there is a lane. */
	readonly depth = $derived(this.list.length > 0 ? this.list.reduce((sum, l) => sum + l.depth, 0) : null);
	readonly capacity = $derived(this.list.length > 0 ? this.list.reduce((sum, l) => sum + l.capacity, 0) : null);

	/** How many lanes are full: they refuse or drop what comes. */
	readonly full = $derived(this.list.filter((l) => l.depth >= l.capacity).length);

	#next: readonly LaneNow[] | null = null;

	constructor(private readonly rest: Rest) {}

	/** Keeps the settings up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, async (signal) => {
			this.settings = await this.rest.lanes(signal);
		});
	}

	add(lanes: readonly FeedLane[]): void {
		this.#next = lanes.map((l) => ({
			namespace: l.namespace,
			depth: l.depth,
			capacity: l.capacity,
			periodUs: l.period_us,
		}));
	}

	commit(): void {
		if (this.#next) this.list = this.#next;
		this.#next = null;
	}

	find(namespace: string): LaneNow | undefined {
		return this.list.find((l) => l.namespace === namespace);
	}
}
