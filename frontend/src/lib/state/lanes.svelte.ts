import type { Rest } from '$lib/api/rest';
import { paceOf } from '$lib/state/pace';
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

	/** A lane that is full: it refuses or drops what comes. */
	readonly full = $derived(this.list.find((l) => l.depth >= l.capacity));

	#next: readonly LaneNow[] | null = null;

	constructor(private readonly rest: Rest) {}

	/** Keeps the settings up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, async (signal) => {
			this.settings = await this.rest.lanes(signal);
		});
	}

	/** Takes in what the hub answered to a change, so that nothing on screen waits for the next frame. */
	learn(lane: Lane): void {
		const { namespace, depth, capacity } = lane;
		const now: LaneNow = { namespace, depth, capacity, periodUs: paceOf(lane).us };
		const put = <L extends { namespace: string }>(list: readonly L[], one: L) =>
			list.some((l) => l.namespace === namespace) ? list.map((l) => (l.namespace === namespace ? one : l)) : [...list, one];
		this.settings = put(this.settings, lane);
		this.list = put(this.list, now);
		this.#next = null;
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
