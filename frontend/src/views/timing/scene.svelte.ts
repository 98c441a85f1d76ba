import type { Cursor } from '$lib/state/cursor.svelte';
import { LATE, MISSED, PUNCTUAL } from '$lib/state/emits';
import type { Hub } from '$lib/state/hub.svelte';
import { lateLimit } from '$lib/state/lanes.svelte';
import { intervalErrors, type MeasureName, mostIn, spreadIn } from '$lib/state/measures';
import { addSpread, buckets, perDecade, quantile, type Step, type Total, total } from '$lib/state/steps';
import { allLanes } from '$lib/state/timeline.svelte';
import { logAxis } from '$lib/ui/plot/axis';
import { Stage } from './stage';
import { stepAt, stepsBefore, type Window, windowTo } from './window';

/** The finer buckets that single emits are counted in: a quantile is true to 1 %. */
const finePerDecade = 100;

/** The usual points of a measure in the window. */
export interface Usual {
	p50Us: number | null;
	p90Us: number | null;
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

	constructor(hub: Hub) {
		this.#hub = hub;
	}

	get cursor(): Cursor {
		return this.#hub.cursor;
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

	/** How much time is in sight: what was chosen, or the span that is looked into. */
	readonly spanMs = $derived.by(() => {
		const { zoom } = this.cursor;
		return zoom ? zoom.to - zoom.from : this.timeline.spanMs;
	});

	/** The right edge of what is held, by the cursor or by the trigger; null: time goes on. */
	readonly heldTo = $derived.by(() => this.cursor.heldTo ?? this.#hub.trigger.heldTo(this.timeline.spanMs));

	/** The whole steps in the window; of a span that is looked into, all that it touches. */
	readonly steps: readonly Step[] = $derived.by(() => {
		const { steps, stepMs } = this.timeline;
		const { zoom } = this.cursor;
		if (zoom) return steps.filter((s) => s.at < zoom.to && s.at + stepMs > zoom.from);
		return stepsBefore(steps, stepMs, this.spanMs, this.heldTo);
	});
	readonly total: Total = $derived.by(() => this.#counted() ?? total(this.steps));

	/** The step the readings tell of: at the cursor, or the newest. */
	readonly step = $derived.by(() => {
		const { at } = this.cursor;
		return at === null ? this.steps.at(-1) : stepAt(this.steps, this.timeline.stepMs, at);
	});

	/** The spreads of the window, and those that are shown behind it. */
	readonly spreads = $derived.by(() => {
		const { spreads, spreadStepMs } = this.timeline;
		const { zoom } = this.cursor;
		const behind = stepsBefore(spreads, spreadStepMs, Math.max(60_000, this.timeline.spanMs), this.heldTo);
		if (zoom) return { window: spreads.filter((s) => s.at < zoom.to && s.at + spreadStepMs > zoom.from), behind };
		return { window: stepsBefore(behind, spreadStepMs, this.spanMs, null), behind };
	});

	/** How many emits of the window, and for lateness missed slots, had which value of the measure that is drawn. */
	readonly counts = $derived.by(() => this.countsOf(this.timeline.measure));

	readonly lateness: Usual = $derived.by(() => this.#usual('lateness'));
	/** The same of the measure that is drawn. */
	readonly measured: Usual = $derived.by(() => (this.timeline.measure === 'lateness' ? this.lateness : this.#usual(this.timeline.measure)));

	readonly axis = $derived(logAxis(this.total.maxUs));
	readonly measuredAxis = $derived(logAxis(this.measured.maxUs));

	/** The time of the newest whole step's end, where the readings of the window end. */
	readonly readTo = $derived.by(() => {
		const last = this.steps.at(-1);
		return last ? last.at + this.timeline.stepMs : 0;
	});

	countsOf(measure: MeasureName): { counts: Float64Array; sum: number } {
		const counts = new Float64Array(buckets);
		let sum = 0;
		const count = (us: number) => {
			const at = us <= 1 ? 0 : Math.min(buckets - 1, Math.floor(Math.log10(us) * perDecade));
			counts[at] = (counts[at] ?? 0) + 1;
			sum++;
		};
		// Steps are longer than what is looked into.
		if (this.cursor.zoom && this.#each(measure, count)) return { counts, sum };
		for (const s of this.spreads.window) sum += addSpread(counts, spreadIn(s, measure));
		return { counts, sum };
	}

	/** What is in sight now. */
	window(): Window {
		return windowTo(this.heldTo ?? this.#hub.edge, this.spanMs, this.width);
	}

	/** Whether time does not move what is drawn any more. */
	isStill(): boolean {
		return this.heldTo !== null && this.#hub.edge > this.heldTo;
	}

	/** When messages of the lane met faults on purpose. */
	readonly spells = $derived.by(() => this.#hub.faults.spells.filter((s) => this.timeline.namespace === allLanes || s.namespace === this.timeline.namespace));

	/** Whether emits are drawn one by one. */
	readonly isSingle = $derived.by(() => this.spanMs <= 60_000);

	/** Whether a lens shows some slots one by one. */
	readonly hasLens = $derived.by(() => this.isSingle && this.periodUs > 0);

	/** Whether some message of the window said when it was made. */
	readonly hasSource = $derived.by(() => this.steps.some((s) => s.source_latency !== undefined));

	/** Whether every emit of a step is kept and drawn. */
	isHeld(step: { at: number }): boolean {
		const { stepMs, shown } = this.timeline;
		return this.isSingle && shown.emits.covers.some((c) => c.from <= step.at && c.to >= step.at + stepMs);
	}

	/** Whether steps stand in for emits somewhere in the window. */
	readonly hasHoles = $derived.by(() => this.steps.some((s) => s.emitted > 0 && !this.isHeld(s)));

	/** The times the cursor steps through, sorted: every emit where it is kept, or else the steps. */
	stops(isLate: boolean): Float64Array {
		const { from, to } = this.window();
		const { shown, namespace, stepMs } = this.timeline;
		const found: number[] = [];
		if (this.isSingle) {
			shown.emits.within(namespace, from, to, (at, _, kind) => {
				if (!isLate || kind === LATE || kind === MISSED) found.push(at);
			});
		}
		for (const s of this.steps) {
			if (!this.isHeld(s) && (!isLate || s.late > 0)) found.push(s.at + stepMs / 2);
		}
		return Float64Array.from(found).sort();
	}

	/**
	 * Lets go of the selection, or else of the span that is looked into, or else of
	 * the cursor, or else of what the trigger froze. Reports whether there was any.
	 */
	release(): boolean {
		const { cursor, timeline } = this;
		const { trigger } = this.#hub;
		if (cursor.span || cursor.selecting) cursor.deselect();
		else if (cursor.zoom) cursor.leave();
		else if (cursor.at !== null) cursor.clear();
		else if (trigger.shot) trigger.disarm();
		else return false;
		if (!cursor.span && !cursor.zoom && !trigger.shot) timeline.letGo();
		return true;
	}

	/** Calls back with each emit's value of the measure that is drawn, where all of the window are kept; reports whether they are. */
	eachMeasured(each: (us: number, isLate: boolean) => void): boolean {
		return this.#each(this.timeline.measure, each);
	}

	#usual(measure: MeasureName): Usual {
		let most = 0;
		const fine = new Float64Array((buckets / perDecade) * finePerDecade);
		const isFine = this.#each(measure, (us) => {
			most = Math.max(most, us);
			const at = us <= 1 ? 0 : Math.min(fine.length - 1, Math.floor(Math.log10(us) * finePerDecade));
			fine[at] = (fine[at] ?? 0) + 1;
		});
		const maxUs = isFine && this.cursor.zoom ? most : this.steps.reduce((n, s) => Math.max(n, mostIn(s, measure)), 0);
		const { counts } = isFine ? { counts: fine } : this.countsOf(measure);
		const of = (q: number) => quantile(counts, isFine ? finePerDecade : perDecade, q);
		const upTo = (us: number | null) => us && Math.min(us, maxUs);
		return { p50Us: upTo(of(0.5)), p90Us: upTo(of(0.9)), p99Us: upTo(of(0.99)), maxUs };
	}

	/** What happened in the span that is looked into, by its single emits; null where not all are kept, or nothing is looked into. */
	#counted(): Total | null {
		const { zoom } = this.cursor;
		const { shown, namespace } = this.timeline;
		if (!zoom || !this.isSingle || !shown.emits.holds(namespace, zoom.from, zoom.to)) return null;
		const sum: Total = { emitted: 0, missed: 0, late: 0, dropped: 0, maxUs: 0 };
		shown.emits.within(namespace, zoom.from, zoom.to, (_, us, kind) => {
			if (kind === MISSED) sum.missed++;
			else sum.emitted++;
			if (kind === LATE) sum.late++;
			sum.maxUs = Math.max(sum.maxUs, us);
		});
		return sum;
	}

	/** Of all lanes together, and of the wait, single values are not known. */
	#each(measure: MeasureName, each: (us: number, isLate: boolean) => void): boolean {
		const { shown, namespace } = this.timeline;
		const { from, to } = this.cursor.zoom ?? { from: this.readTo - this.spanMs, to: this.readTo };
		if (measure === 'queue_wait' || (measure === 'interval_error' && namespace === allLanes)) return false;
		if (!this.isSingle || !shown.emits.holds(namespace, from, to)) return false;
		const error = intervalErrors((us) => each(us, false));
		shown.emits.within(namespace, from, to, (_, us, kind) => {
			if (measure === 'lateness') each(us, kind !== PUNCTUAL);
			else error(us, kind === MISSED);
		});
		return true;
	}
}
