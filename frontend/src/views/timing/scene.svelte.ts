import type { Cursor } from '$lib/state/cursor.svelte';
import { LATE, MISSED } from '$lib/state/emits';
import type { Hub } from '$lib/state/hub.svelte';
import { lateLimit } from '$lib/state/lanes.svelte';
import { addSpread, buckets, perDecade, quantile, total } from '$lib/state/steps';
import { allLanes } from '$lib/state/timeline.svelte';
import { logAxis } from '$lib/ui/plot/axis';
import { Stage } from './stage';
import { stepsBefore, type Window, windowTo } from './window';

/** The finer buckets that single emits are counted in: a quantile is true to 1 %. */
const finePerDecade = 100;

/** Lateness in the window. */
export interface Lateness {
	p50Us: number | null;
	p99Us: number | null;
	maxUs: number;
}

/** What all plots of the screen share: which time they show, and of what. */
export class Scene {
	readonly stage = new Stage();
	/** Width of the time axis in px. */
	width = $state(0);
	/** The emit the lens shows while there is no cursor: the most late one in sight. */
	worst: number | null = null;

	readonly #hub: Hub;
	readonly cursor: Cursor;

	constructor(hub: Hub, cursor: Cursor) {
		this.#hub = hub;
		this.cursor = cursor;
	}

	get timeline() {
		return this.#hub.timeline;
	}

	/** The interval of the lane in µs; 0 without a pace, and for all lanes together. */
	readonly periodUs = $derived.by(() => this.#hub.lanes.find(this.timeline.namespace)?.periodUs ?? 0);

	readonly capacity = $derived.by(() => {
		const { lanes } = this.#hub;
		return this.timeline.namespace === allLanes ? lanes.capacity : (lanes.find(this.timeline.namespace)?.capacity ?? null);
	});

	/** From when on an emit is late, in µs; of all lanes, the strictest. Null before it is known. */
	readonly limitUs = $derived.by(() => {
		const { limit, list } = this.#hub.lanes;
		if (!limit) return null;
		if (this.timeline.namespace !== allLanes) return lateLimit(limit, this.periodUs);
		return Math.min(...list.map((l) => lateLimit(limit, l.periodUs)), Number.POSITIVE_INFINITY);
	});

	/** The share of the interval that the limit is; null where it is not one. */
	readonly limitShare = $derived.by(() => {
		const { limit } = this.#hub.lanes;
		return limit && limit.share * this.periodUs >= limit.floorUs ? limit.share : null;
	});

	readonly live = $derived.by(() => this.#hub.connection.live);

	/** The whole steps in the window. */
	readonly steps = $derived.by(() => {
		const { steps, stepMs, spanMs } = this.timeline;
		return stepsBefore(steps, stepMs, spanMs, this.cursor.heldTo);
	});
	readonly total = $derived(total(this.steps));

	/** The spreads of the window, and those that are shown behind it. */
	readonly spreads = $derived.by(() => {
		const { spreads, spreadStepMs, spanMs } = this.timeline;
		const behind = stepsBefore(spreads, spreadStepMs, Math.max(60_000, spanMs), this.cursor.heldTo);
		return { window: stepsBefore(behind, spreadStepMs, spanMs, null), behind };
	});

	/** How many emits and missed slots of the window had which lateness. */
	readonly counts = $derived.by(() => {
		const counts = new Float64Array(buckets);
		let sum = 0;
		for (const s of this.spreads.window) sum += addSpread(counts, s.spread);
		return { counts, sum };
	});

	readonly lateness: Lateness = $derived.by(() => {
		const { maxUs } = this.total;
		const fine = this.#fineCounts();
		const of = (q: number) => (fine ? quantile(fine, finePerDecade, q) : quantile(this.counts.counts, perDecade, q));
		const most = (us: number | null) => us && Math.min(us, maxUs);
		return { p50Us: most(of(0.5)), p99Us: most(of(0.99)), maxUs };
	});

	readonly axis = $derived(logAxis(this.total.maxUs));

	/** The time of the newest whole step's end, where the readings of the window end. */
	readonly readTo = $derived.by(() => {
		const last = this.steps.at(-1);
		return last ? last.at + this.timeline.stepMs : 0;
	});

	/** What is in sight now. */
	window(): Window {
		return windowTo(this.cursor.heldTo ?? this.#hub.edge, this.timeline.spanMs, this.width);
	}

	/** Whether emits are drawn one by one. */
	readonly isSingle = $derived.by(() => this.timeline.spanMs <= 60_000);

	/** Whether every emit of a step is kept and drawn. */
	isHeld(step: { at: number }): boolean {
		const { emits, stepMs } = this.timeline;
		return this.isSingle && emits.covers.some((c) => c.from <= step.at && c.to >= step.at + stepMs);
	}

	/** Whether steps stand in for emits somewhere in the window. */
	readonly hasHoles = $derived.by(() => this.steps.some((s) => s.emitted > 0 && !this.isHeld(s)));

	/** The times the cursor steps through, sorted: every emit where it is kept, or else the steps. */
	stops(isLate: boolean): Float64Array {
		const { from, to } = this.window();
		const { emits, namespace, stepMs } = this.timeline;
		const found: number[] = [];
		if (this.isSingle) {
			emits.within(namespace, from, to, (at, _, kind) => {
				if (!isLate || kind === LATE || kind === MISSED) found.push(at);
			});
		}
		for (const s of this.steps) {
			if (!this.isHeld(s) && (!isLate || s.late > 0)) found.push(s.at + stepMs / 2);
		}
		return Float64Array.from(found).sort();
	}

	/** Counts single emits of the window; null when not all of them are kept. */
	#fineCounts(): Float64Array | null {
		const { emits, namespace, spanMs } = this.timeline;
		const from = this.readTo - spanMs;
		if (!this.isSingle || !emits.holds(namespace, from, this.readTo)) return null;
		const fine = new Float64Array((buckets / perDecade) * finePerDecade);
		emits.within(namespace, from, this.readTo, (_, us) => {
			const at = us <= 1 ? 0 : Math.min(fine.length - 1, Math.floor(Math.log10(us) * finePerDecade));
			fine[at] = (fine[at] ?? 0) + 1;
		});
		return fine;
	}
}
