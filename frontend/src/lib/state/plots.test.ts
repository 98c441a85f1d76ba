import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { mostSeries, Plots, previewPoints } from '$lib/state/plots.svelte';
import type { FeedFrame, Series as Past, SeriesAsk } from '$lib/wire';

const price = { query: 'ns:/ws event:tick', pointer: '/price', name: 'price', colour: 3 };
const bid = { ...price, pointer: '/bid', name: 'bid' };

describe('Plots', () => {
	let asked: SeriesAsk[][];
	let answer: (of: { pointer: string }, most: object) => Past;
	let fetched: object[];
	let plots: Plots;

	beforeEach(() => {
		asked = [];
		fetched = [];
		answer = () => ({ query: '', pointer: '', found: 2, time_us: [1e6, 2e6], values: [1, 2] });
		const rest = {
			series: (of: { pointer: string }, most: object) => {
				fetched.push(most);
				return new Promise<Past>((resolve) => resolve(answer(of, most)));
			},
		} as unknown as Rest;
		plots = new Plots(rest, (asks) => asked.push(asks));
	});

	/** A frame at 5 s. */
	const frame = (series: FeedFrame['series']) => plots.add({ time: '1970-01-01T00:00:05.000000000Z', series } as FeedFrame);
	const settle = () => vi.waitFor(() => expect(plots.series.every((s) => s.known || s.refusal)).toBe(true));

	it('asks for what is pinned, and joins its past to what frames tell', async () => {
		const series = plots.pin(price);
		expect(asked.at(-1)).toEqual([{ id: series?.id, query: price.query, pointer: price.pointer }]);
		frame([{ id: series?.id ?? 0, from_us: 4e6, ago_us: [500_000], values: [9] }]);
		await settle();
		expect(Array.from(series?.points.at.slice(0, 3) ?? [])).toEqual([1000, 2000, 4500]);
		expect(series?.last).toBe(9);
	});

	it('gives each series of a chart a colour of its own, then grey', () => {
		const first = plots.pin(price);
		const [chart] = plots.charts;
		const colours = Array.from({ length: 7 }, () => plots.pin(bid, chart)?.colour);
		expect([first?.colour, ...colours]).toEqual([3, 1, 2, 4, 5, 6, 0, 0]);
	});

	it('pins to the chosen chart, or to one of its own', () => {
		plots.pin(price);
		plots.pin(bid);
		expect(plots.charts).toHaveLength(2);
		plots.target = plots.charts[0] ?? null;
		plots.pin({ ...bid, pointer: '/ask', name: 'ask' });
		expect(plots.charts.map((c) => c.title)).toEqual(['price, ask', 'bid']);
	});

	it('removes charts that are empty, and forgets that one of them was chosen', () => {
		const a = plots.pin(price);
		plots.target = plots.charts[0] ?? null;
		const b = plots.pin(bid, null);
		if (!a || !b) throw new Error('not pinned');
		plots.move(a, plots.charts[1] ?? null);
		expect(plots.charts.map((c) => c.title)).toEqual(['bid, price']);
		expect(plots.target).toBe(null);
		plots.unpin(a);
		plots.unpin(b);
		expect(plots.charts).toEqual([]);
		expect(asked.at(-1)).toEqual([]);
	});

	it('asks for the newest only to show them, and keeps no more', async () => {
		plots.look(price);
		const { preview } = plots;
		if (!preview) throw new Error('no preview');
		frame([{ id: preview.id, from_us: 4e6, ago_us: [], values: [] }]);
		await vi.waitFor(() => expect(preview.known).toBe(true));
		expect(fetched).toEqual([{ last: previewPoints }]);
		const many = Array.from({ length: 200 }, (_, i) => i);
		frame([{ id: preview.id, ago_us: many.toReversed(), values: many }]);
		expect(preview.points.length).toBe(previewPoints);
		plots.look(price);
		expect(plots.preview).toBe(preview);
		plots.look(null);
		expect(asked.at(-1)).toEqual([]);
	});

	it('says why a series is not told, and goes on when the hub is back', async () => {
		const series = plots.pin(price);
		plots.refuse(series?.id ?? 0, { message: 'no', hint: '' });
		expect(series?.refusal?.message).toBe('no');
		answer = () => {
			throw new ApiError(0, 'unreachable', '', '');
		};
		frame([{ id: series?.id ?? 0, from_us: 4e6, ago_us: [], values: [] }]);
		await vi.waitFor(() => expect(series?.refusal).toBeInstanceOf(ApiError));
		answer = () => ({ query: '', pointer: '', found: 0, time_us: [], values: [] });
		frame([{ id: series?.id ?? 0, from_us: 6e6, ago_us: [], values: [] }]);
		await vi.waitFor(() => expect(series?.known).toBe(true));
		expect(series?.refusal).toBe(null);
	});

	it('shows what it was told to keep', () => {
		plots.pin(price);
		plots.pin(bid, plots.charts[0]);
		const [chart] = plots.charts;
		if (chart) [chart.name, chart.scale] = ['Market', 'own'];
		plots.x = 'source';
		plots.span = '10m';
		const kept = JSON.parse(JSON.stringify(plots.layout())) as ReturnType<Plots['layout']>;
		plots.show({ x: 'server', span: '1m', charts: [] });
		expect(plots.charts).toEqual([]);
		plots.show(kept);
		expect(plots.layout()).toEqual(kept);
		expect(plots.series.map((s) => s.colour)).toEqual([3, 1]);
		expect(plots.charts[0]?.title).toBe('Market');
		expect(asked.at(-1)?.map((a) => a.pointer)).toEqual(['/price', '/bid']);
	});

	it('takes no more series than the hub tells one viewer', () => {
		for (let i = 0; i < mostSeries; i++) expect(plots.pin(price)).not.toBe(null);
		expect(plots.pin(bid)).toBe(null);
		expect(plots.full).toBe(true);
	});
});
