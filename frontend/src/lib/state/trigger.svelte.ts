import { parseTime } from '$lib/format/time';
import { allLanes, type Timeline } from '$lib/state/timeline.svelte';
import type { FeedFrame, FeedLane } from '$lib/wire';

/** off: nothing is waited for; single: the first shot ends it; normal: each shot takes the place of the one before. */
export type TriggerMode = 'off' | 'single' | 'normal';

/** What fired: an emit later than the limit, or a slot that was missed and is longer than it. */
export interface Shot {
	namespace: string;
	/** In ms since 1970 by the hub's clock. */
	at: number;
	lateUs: number;
	isMissed: boolean;
	/** The limit that was in force. */
	limitUs: number;
}

/** What is shown after an emit that fired, in ms; as much is remembered before it. */
const afterMs = 30_000;

/**
 * Freezes the view at an emit that is later than a limit, as an oscilloscope
 * does. It looks at every emit the feed tells of, whatever screen is shown; of a
 * lane with more than 1,000 emits a second at the most late of each bin.
 */
export class Trigger {
	mode = $state<TriggerMode>('off');
	limitUs = $state(1000);
	/** Which lane is watched: the one that was looked at when it was armed; empty: all. */
	namespace = $state(allLanes);
	/** What is shown; null: time goes on. */
	shot = $state.raw<Shot | null>(null);
	#seen = $state.raw<Shot | null>(null);

	/** Whether it fired, and nobody has looked since. */
	readonly isNews = $derived(this.shot !== null && this.shot !== this.#seen);

	constructor(private readonly timeline: Timeline) {}

	/** Whether it waits for an emit. */
	get armed(): boolean {
		return this.mode === 'normal' || (this.mode === 'single' && this.shot === null);
	}

	/** Waits for the next emit that is too late, of the lane that is looked at. */
	arm(mode: Exclude<TriggerMode, 'off'>): void {
		this.release();
		this.mode = mode;
		this.namespace = this.timeline.namespace;
	}

	/** Lets time go on, and waits for the next one. */
	again(): void {
		this.arm(this.mode === 'normal' ? 'normal' : 'single');
	}

	/** Lets time go on, and waits for nothing. */
	disarm(): void {
		this.mode = 'off';
		this.release();
	}

	/** Notes that what it shows is being looked at. */
	see(): void {
		this.#seen = this.shot;
	}

	/** The right edge of the view, with the emit in the middle as far as that much time is remembered; null: nothing is frozen. */
	heldTo(spanMs: number): number | null {
		return this.shot && this.shot.at + Math.min(spanMs / 2, afterMs);
	}

	/** Looks at all that a frame tells. */
	look(frame: FeedFrame): void {
		if (this.mode === 'off') return;
		const now = parseTime(frame.time);
		if (this.shot && now >= this.shot.at + afterMs) this.timeline.hold(); // before the emits are forgotten
		const isBusy = this.shot !== null && (this.mode === 'single' || now < this.shot.at + Math.min(this.timeline.spanMs / 2, afterMs));
		if (isBusy) return;
		const shots = frame.lanes
			.filter((l) => this.namespace === allLanes || this.namespace === l.namespace)
			.map((l) => firstLate(l, now, this.limitUs))
			.filter((s) => s !== null);
		const first = shots.sort((a, b) => a.at - b.at)[0];
		if (!first) return;
		this.release();
		this.shot = first;
		if (this.timeline.namespace !== this.namespace) this.timeline.choose(this.namespace);
	}

	private release(): void {
		if (this.shot) this.timeline.letGo();
		this.shot = null;
	}
}

/** The first emit or missed slot of a frame that is later than a limit; null: none is. */
export function firstLate(lane: FeedLane, now: number, limitUs: number): Shot | null {
	const { namespace } = lane;
	const emit = lane.late_us.findIndex((us) => us > limitUs);
	const late = emit < 0 ? null : { at: now - ((lane.ago_us[emit] ?? 0) - (lane.late_us[emit] ?? 0)) / 1000, lateUs: lane.late_us[emit] ?? 0 };
	const slot = lane.period_us > limitUs ? lane.missed_us?.[0] : undefined;
	const missed = slot === undefined ? null : { at: now - slot / 1000, lateUs: lane.period_us };
	const isMissed = missed !== null && (late === null || missed.at < late.at);
	const first = isMissed ? missed : late;
	return first && { namespace, ...first, isMissed, limitUs };
}
