import type { Refusal } from '$lib/api/feed';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { parseNanos } from '$lib/format/time';
import type { Host } from '$lib/host/host';
import { save, SaveError } from '$lib/host/save';
import { Cursor } from '$lib/state/cursor.svelte';
import { Chart, type Scale, Series, type SeriesOf } from '$lib/state/plot.svelte';
import { mostPoints } from '$lib/state/points';
import type { FeedFrame, SeriesAsk } from '$lib/wire';

export const plotSpans = ['10s', '1m', '10m', 'all'] as const;
export type PlotSpan = (typeof plotSpans)[number];

/** How much of time a span shows, in ms; all of it: Infinity. */
export const spanMs: Record<PlotSpan, number> = { '10s': 10_000, '1m': 60_000, '10m': 600_000, all: Number.POSITIVE_INFINITY };

/** By whose time a chart is drawn: when the hub emitted a message, or when its producer says it was made. */
export type PlotTime = 'server' | 'source';

/** folded: only its head is shown. whole: it takes the place of the list. */
export type PlotsSize = 'open' | 'folded' | 'whole';

/** How high the charts can be, in px. */
export const [lowest, highest] = [140, 640];

/** What a board keeps. */
export interface Layout {
	x: PlotTime;
	span: PlotSpan;
	charts: { name: string; scale: Scale; series: SeriesOf[] }[];
}

/** So many series a viewer may have, says the hub; one is the preview's. */
export const mostSeries = 31;

/** What a preview shows. */
export const previewPoints = 90;

/** Everything that is plotted of messages' numbers. */
export class Plots {
	charts = $state.raw<readonly Chart[]>([]);
	x = $state<PlotTime>('server');
	span = $state<PlotSpan>('1m');
	size = $state<PlotsSize>('open');
	/** How high the charts are with their head, while they are open, in px. */
	height = $state(280);
	/** The chart that the next pinned number goes to; null: one of its own. */
	target = $state.raw<Chart | null>(null);
	/** The number that is pointed at in a message, of which the newest points are shown. */
	preview = $state.raw<Series | null>(null);
	/** One time on all charts. */
	readonly cursor = new Cursor();

	readonly series = $derived(this.charts.flatMap((c) => c.series));
	readonly full = $derived(this.series.length >= mostSeries);

	#rest: Rest;
	#tell: (asks: SeriesAsk[]) => void;
	#id = 0;
	#leaving = new AbortController();

	/** tell asks the feed for series. */
	constructor(rest: Rest, tell: (asks: SeriesAsk[]) => void) {
		this.#rest = rest;
		this.#tell = tell;
	}

	/** The series on a chart that plots the same, or null. */
	find({ query, pointer }: Pick<SeriesOf, 'query' | 'pointer'>): Series | null {
		return this.series.find((s) => s.query === query && s.pointer === pointer) ?? null;
	}

	/** Shows the newest points of a number while somebody points at it; null: of none. */
	look(of: SeriesOf | null): void {
		const before = this.preview;
		if (before && of && before.query === of.query && before.pointer === of.pointer) return;
		this.preview = null;
		if (of) this.preview = new Series(++this.#id, of);
		if (before || of) this.#ask();
	}

	/** Plots a number, on a chart or on one of its own. */
	pin(of: SeriesOf, chart: Chart | null = this.target): Series | null {
		if (this.full) return null;
		const series = new Series(++this.#id, of);
		if (!chart) {
			chart = new Chart(++this.#id);
			this.charts = [...this.charts, chart];
		}
		chart.add(series);
		this.#ask();
		return series;
	}

	/** Plots it no more. A chart without series goes too. */
	unpin(series: Series): void {
		for (const chart of this.charts) chart.remove(series);
		this.#sweep();
		this.#ask();
	}

	/** Moves a series to another chart; null: to one of its own. */
	move(series: Series, to: Chart | null): void {
		if (to?.series.includes(series)) return;
		for (const chart of this.charts) chart.remove(series);
		if (!to) {
			to = new Chart(++this.#id);
			this.charts = [...this.charts, to];
		}
		to.add(series);
		this.#sweep();
	}

	/** Removes a chart with all that is on it. */
	drop(chart: Chart): void {
		chart.series = [];
		this.#sweep();
		this.#ask();
	}

	/** Draws by another time, in which what was pointed at is elsewhere. */
	go(x: PlotTime): void {
		this.x = x;
		this.cursor.clear();
	}

	/** Makes it so big, or, if it is, as it was at first. */
	resize(size: Exclude<PlotsSize, 'open'>): void {
		this.size = this.size === size ? 'open' : size;
	}

	/** What is shown now, to be kept. */
	layout(): Layout {
		const of = ({ query, pointer, name, colour }: SeriesOf) => ({ query, pointer, name, colour });
		return { x: this.x, span: this.span, charts: this.charts.map(({ name, scale, series }) => ({ name, scale, series: series.map(of) })) };
	}

	/** Shows what was kept, in place of what is shown now. */
	show(layout: Layout): void {
		this.x = layout.x;
		this.span = layout.span;
		this.target = null;
		this.charts = layout.charts.map((kept) => {
			const chart = new Chart(++this.#id);
			chart.name = kept.name;
			chart.scale = kept.scale;
			for (const of of kept.series) chart.add(new Series(++this.#id, of));
			return chart;
		});
		this.#ask();
	}

	/** Takes in what a frame tells. */
	add(frame: FeedFrame): void {
		if (!frame.series) return;
		const frameUs = Number(parseNanos(frame.time) / 1000n);
		for (const told of frame.series) {
			const series = this.#byId(told.id);
			if (!series) continue;
			series.points.add(told, frameUs);
			if (series === this.preview) series.points.keep(previewPoints);
			if (told.from_us) void this.#recall(series, told.from_us / 1000);
		}
	}

	/** The hub does not tell a series. */
	refuse(id: number, refusal: Refusal): void {
		const series = this.#byId(id);
		if (series) series.refusal = refusal;
	}

	/** Shows what was taken in. */
	commit(): void {
		for (const series of this.series) series.commit();
		this.preview?.commit();
	}

	/** The hub has forgotten its messages: so are their points. */
	clear(): void {
		for (const series of this.series) series.points.clear();
		this.preview?.points.clear();
		this.commit();
	}

	/** Saves every point that the hub keeps of a series, as a file. */
	async export(series: Series, host: Host): Promise<void> {
		const ask = new URLSearchParams({ query: series.query, pointer: series.pointer, format: 'csv' });
		const name = series.name.replaceAll(/[\s/\\:*?"<>|]+/g, '-');
		try {
			await save(host, `/api/v1/series?${ask}`, `${name}.csv`, this.#rest.key);
		} catch (error) {
			if (!(error instanceof SaveError)) throw error;
			series.refusal = error;
		}
	}

	stop(): void {
		this.#leaving.abort();
	}

	#byId(id: number): Series | undefined {
		return this.preview?.id === id ? this.preview : this.series.find((s) => s.id === id);
	}

	#sweep(): void {
		this.charts = this.charts.filter((c) => c.series.length > 0);
		if (this.target && !this.charts.includes(this.target)) this.target = null;
	}

	#ask(): void {
		const all = this.preview ? [...this.series, this.preview] : this.series;
		this.#tell(all.map(({ id, query, pointer }) => ({ id, query, pointer })));
	}

	/** Asks for what was before frames told. Only then is nothing missing between. */
	async #recall(series: Series, from: number): Promise<void> {
		series.from = from;
		series.refusal = null;
		try {
			const isPreview = series === this.preview;
			const past = await this.#rest.series(series, isPreview ? { last: previewPoints } : { limit: mostPoints / 2 }, this.#leaving.signal);
			if (series.from !== from) return; // the hub was away meanwhile
			series.points.fill(past, from);
			if (isPreview) series.points.keep(previewPoints);
			series.known = true;
			series.commit();
		} catch (error) {
			if (error instanceof ApiError) series.refusal = error;
			else if (!this.#leaving.signal.aborted) throw error;
		}
	}
}
