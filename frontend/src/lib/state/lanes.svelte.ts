import type { FeedLane } from '$lib/wire';

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

/** The lanes of the hub. */
export class Lanes {
	list = $state.raw<readonly LaneNow[]>([]);
	limit = $state.raw<LateLimit | null>(null);

	/** Messages waiting in all lanes, and how many may; null before there is a lane. */
	readonly depth = $derived(this.list.length > 0 ? this.list.reduce((sum, l) => sum + l.depth, 0) : null);
	readonly capacity = $derived(this.list.length > 0 ? this.list.reduce((sum, l) => sum + l.capacity, 0) : null);

	#next: readonly LaneNow[] | null = null;

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
