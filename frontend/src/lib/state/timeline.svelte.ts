import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { parseTime } from '$lib/format/time';
import { Depths } from '$lib/state/depths';
import { Emits } from '$lib/state/emits';
import type { Lanes } from '$lib/state/lanes.svelte';
import { firstMeasure, type MeasureName } from '$lib/state/measures';
import { Counting, mergeRows, type RateRow, rowsOf, type SeriesOf } from '$lib/state/rates';
import { mergeSteps, type Step, stepsOf } from '$lib/state/steps';
import type { Streams } from '$lib/state/streams.svelte';
import type { FeedFrame, FeedSecond, LanePoint } from '$lib/wire';

/** How much time is looked at. */
export const spans = { '10s': 10_000, '1m': 60_000, '10m': 600_000, '1h': 3_600_000 } as const;
export type SpanName = keyof typeof spans;

/** What a page that has just opened looks at. */
export const firstSpan: SpanName = '10s';

export function isSpan(name: string): name is SpanName {
	return Object.hasOwn(spans, name);
}

/** The lane that stands for all of them. */
export const allLanes = '';

/** What the hub keeps its past in: seconds, and tens of them. */
const steps = {
	'1s': { ms: 1000, keptMs: 600_000 },
	'10s': { ms: 10_000, keptMs: 3_600_000 },
} as const;
type StepName = keyof typeof steps;

/** What is known of a lane's past. */
export interface Past {
	readonly seconds: readonly Step[];
	readonly tens: readonly Step[];
	readonly secondRates: readonly RateRow[];
	readonly tenRates: readonly RateRow[];
	/** Of all lanes. */
	readonly emits: Emits;
	readonly depths: Depths;
}

/**
 * What is remembered of one lane, or of all: single emits and waiting messages
 * of the last minute, seconds of the last ten, tens of seconds of the last hour.
 * What the feed did not tell is asked of the hub. It goes on while another
 * screen is shown.
 */
export class Timeline {
	namespace = $state(allLanes);
	span = $state<SpanName>(firstSpan);
	/** Whether the lane is settled, by the reader or by what there is. */
	chosen = $state(false);
	/** Oldest first; what nobody knows of is missing. */
	seconds = $state.raw<readonly Step[]>([]);
	tens = $state.raw<readonly Step[]>([]);
	secondRates = $state.raw<readonly RateRow[]>([]);
	tenRates = $state.raw<readonly RateRow[]>([]);

	/** The measure whose spread is drawn. */
	measure = $state<MeasureName>(firstMeasure);
	/** Whether figures stand in the place of plots. */
	asTables = $state(false);
	/** What is held still, however long somebody looks at it; null: what is remembered now is shown. */
	held = $state.raw<Past | null>(null);

	/** Plain memory that canvases read while they paint. */
	readonly emits = new Emits();
	readonly depths = new Depths();

	/** What is to be drawn: what is held, or what is remembered now. */
	get shown(): Past {
		return this.held ?? this;
	}

	readonly spanMs = $derived(spans[this.span]);
	/** How long one step is, in ms, of what is drawn of this span. */
	readonly stepMs = $derived(this.span === '1h' ? steps['10s'].ms : steps['1s'].ms);
	readonly steps = $derived.by(() => (this.span === '1h' ? this.shown.tens : this.shown.seconds));
	readonly rates = $derived.by(() => (this.span === '1h' ? this.shown.tenRates : this.shown.secondRates));
	/** The same for how lateness was spread, which the hub keeps by the second for a minute only. */
	readonly spreadStepMs = $derived(this.spanMs > 60_000 ? steps['10s'].ms : steps['1s'].ms);
	readonly spreads = $derived.by(() => (this.spanMs > 60_000 ? this.shown.tens : this.shown.seconds));

	#rest: Rest;
	#series: SeriesOf;
	#lanes: Lanes;
	#counting = new Counting();
	#wantsPast = false;
	#unpaced = false; // whether something was emitted while the lane was not settled, where no lane has a pace
	#watched = false;
	#leaving = new AbortController();

	constructor(rest: Rest, streams: Streams, lanes: Lanes) {
		this.#rest = rest;
		this.#series = (namespace, event) => streams.colour(namespace, event);
		this.#lanes = lanes;
	}

	/** The hub has greeted; what it did before, and while it could not be heard, is asked for. */
	begin(): void {
		this.emits.interrupt();
		this.#counting.clear();
		this.#wantsPast = true;
	}

	/** Shows another lane. */
	choose(namespace: string): void {
		this.chosen = true;
		this.#become(namespace);
	}

	/** Shows more or less time. */
	look(span: SpanName): void {
		this.span = span;
		if (this.#watched && this.#lacksTens()) void this.#recallTens();
	}

	/** Shows the next longer time; after the longest the shortest. */
	lookFurther(): void {
		const names = Object.keys(spans) as SpanName[];
		this.look(names[(names.indexOf(this.span) + 1) % names.length] ?? this.span);
	}

	/** Keeps what only the hub knows up to date while somebody looks. Returns how to stop. */
	watch(): () => void {
		this.#watched = true;
		void this.#recallTens();
		const timer = setInterval(() => void this.#recallTens(), steps['10s'].ms);
		return () => {
			this.#watched = false;
			clearInterval(timer);
		};
	}

	/** Keeps all that is remembered now until it is let go: a minute later the emits would be forgotten. */
	hold(): void {
		const { seconds, tens, secondRates, tenRates } = this;
		this.held ??= { seconds, tens, secondRates, tenRates, emits: this.emits.copy(), depths: this.depths.copy() };
	}

	letGo(): void {
		this.held = null;
	}

	stop(): void {
		this.#leaving.abort();
	}

	add(frame: FeedFrame): void {
		if (this.#lanes.limit) this.emits.add(frame, this.#lanes.limit);
		if (frame.second) this.#addSecond(frame, frame.second);
		let depth = 0;
		for (const l of frame.lanes) if (this.#has(l.namespace)) depth += l.depth;
		this.depths.add(parseTime(frame.time), depth);
	}

	#addSecond(frame: FeedFrame, second: FeedSecond): void {
		if (!this.chosen) this.#settle(frame, second);
		const ours = second.lane_points.find((p) => p.namespace === this.namespace)?.point;
		const point = this.namespace === allLanes ? second.point : ours;
		if (point) this.seconds = mergeSteps(this.seconds, stepsOf([point]), steps['1s'].keptMs);

		const at = parseTime(second.point.time);
		const row = this.#counting.next(at, second.streams, this.namespace, this.#series);
		if (row) this.secondRates = mergeRows(this.secondRates, [row], steps['1s'].keptMs);

		// Not before the first second: it tells which streams there are, and so their colours.
		if (this.#wantsPast) {
			this.#wantsPast = false;
			void this.#recall('1s');
			if (this.#watched) void this.#recallTens();
		}
	}

	/** Shows what there is to see: a lane that keeps a pace, or all, or else a lane that would keep one. */
	#settle(frame: FeedFrame, second: FeedSecond): void {
		const lane = pacedLane(frame, second);
		this.chosen = (lane?.point.emitted ?? 0) > 0;
		this.#unpaced ||= second.point.emitted > 0;
		if (this.#unpaced && !this.chosen) this.#become(allLanes);
		else if (lane) this.#become(lane.namespace);
	}

	#become(namespace: string): void {
		if (namespace === this.namespace) return;
		this.namespace = namespace;
		this.held = null;
		this.#leaving.abort();
		this.#leaving = new AbortController();
		this.seconds = this.tens = [];
		this.secondRates = this.tenRates = [];
		this.depths.clear();
		void this.#recall('1s');
		if (this.#watched) void this.#recallTens();
	}

	#has(namespace: string): boolean {
		return this.namespace === allLanes || this.namespace === namespace;
	}

	/** Whether the hub may know of a ten of seconds that is not here yet. */
	#lacksTens(): boolean {
		const last = this.tens.at(-1)?.at ?? 0;
		const now = this.seconds.at(-1)?.at ?? Number.POSITIVE_INFINITY;
		return now + steps['1s'].ms >= last + 2 * steps['10s'].ms;
	}

	async #recallTens(): Promise<void> {
		if (this.spanMs > 60_000) await this.#recall('10s');
	}

	/** Asks the hub what it remembers. */
	async #recall(step: StepName): Promise<void> {
		const { signal } = this.#leaving;
		const { ms, keptMs } = steps[step];
		try {
			const [points, streams] = await Promise.all([
				this.#rest.points(this.namespace, step, keptMs / ms, signal),
				this.#rest.streamPoints(this.namespace, step, signal),
			]);
			if (signal.aborted) return;
			const past = stepsOf(points.points);
			const rows = rowsOf(streams, ms, this.#series);
			if (step === '1s') {
				this.seconds = mergeSteps(past, this.seconds, keptMs);
				this.secondRates = mergeRows(rows, this.secondRates, keptMs);
			} else {
				this.tens = mergeSteps(past, [], keptMs);
				this.tenRates = mergeRows(rows, [], keptMs);
			}
		} catch (error) {
			if (!(error instanceof ApiError) && !signal.aborted) throw error;
			// The feed still tells everything from now on.
		}
	}
}

/** The busiest lane with a pace, which a reader probably wants to see; undefined when there is none. */
function pacedLane(frame: FeedFrame, second: FeedSecond): LanePoint | undefined {
	const isPaced = ({ namespace }: LanePoint) => frame.lanes.some((l) => l.namespace === namespace && l.period_us > 0);
	return second.lane_points.filter(isPaced).sort((a, b) => b.point.emitted - a.point.emitted)[0];
}
