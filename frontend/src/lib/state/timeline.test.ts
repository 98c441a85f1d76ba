import { describe, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Lanes } from '$lib/state/lanes.svelte';
import { Streams } from '$lib/state/streams.svelte';
import { allLanes, Timeline } from '$lib/state/timeline.svelte';
import type { FeedFrame, Point, PointList, StreamPointList } from '$lib/wire';

const second = Date.parse('2026-11-22T14:32:00Z');
const wire = (n: number) => new Date(second + n * 1000).toISOString();

function point(n: number, emitted: number): Point {
	return {
		time: wire(n),
		accepted: emitted,
		emitted,
		dropped: 0,
		missed_slots: 0,
		late: 0,
		delivered: 0,
		depth: 0,
		lateness_p50_us: 9,
		lateness_p90_us: 90,
		lateness_p99_us: 99,
		lateness_max_us: 100,
	};
}

/** The frame that closes a second: a paced lane with 100 emits in it, and a busier one without a pace. */
function frame(n: number): FeedFrame {
	const counters = { accepted: 0, emitted: 0, received: 0, dropped: 0, dropped_on_purpose: 0, rejected: 0, missed_slots: 0, late: 0, delivered: 0 };
	const quantiles = { count: 0, p50_us: 0, p90_us: 0, p99_us: 0, max_us: 0 };
	return {
		type: 'frame',
		time: wire(n + 1),
		counters,
		clients: 0,
		slow: 0,
		lanes: [
			{ namespace: '/market', depth: 3, capacity: 5000, period_us: 10_000, ago_us: [5000], late_us: [9] },
			{ namespace: '/free', depth: 4, capacity: 5000, period_us: 0, ago_us: [], late_us: [] },
		],
		messages: [],
		query: 0,
		matched: 0,
		hits: 0,
		ended: 0,
		lost: 0,
		second: {
			point: point(n, 600),
			lane_points: [
				{ namespace: '/free', point: point(n, 500) },
				{ namespace: '/market', point: point(n, 100) },
			],
			lateness: quantiles,
			lanes: [],
			streams: [{ namespace: '/market', event: 'tick', count: n * 100, per_second: 100, last_seen: wire(n) }],
			late_minute: 0,
			lost_minute: 0,
			emits_minute: 0,
		},
	};
}

/** A hub that remembers one second, 20 s ago, and is asked as a Rest is. */
function setUp() {
	const points = vi.fn(async (namespace: string, step: string): Promise<PointList> => ({ namespace, step, points: [point(-20, 42)] }));
	const streamPoints = vi.fn(
		async (namespace: string, step: string): Promise<StreamPointList> => ({ namespace, step, times: [wire(-20)], streams: [], others: [5] }),
	);
	const rest = { points, streamPoints } as unknown as Rest;
	const lanes = new Lanes(rest);
	lanes.limit = { floorUs: 500, share: 0.05 };
	const timeline = new Timeline(rest, new Streams(), lanes);
	const hear = (n: number) => {
		lanes.add(frame(n).lanes);
		lanes.commit();
		timeline.add(frame(n));
	};
	return { timeline, points, streamPoints, hear };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

describe('which lane', () => {
	/** Hears one second after the other, with so many emits in /market and in another lane, /free or /slow with a pace; says which lane is shown then. */
	function shower(other: string): (market: number, others: number) => string {
		const { timeline } = setUp();
		let n = 0;
		return (market, others) => {
			const f = frame(n);
			f.lanes.push({ namespace: '/slow', depth: 0, capacity: 5000, period_us: 1e6, ago_us: [], late_us: [] });
			if (f.second) {
				f.second.point = point(n, market + others);
				f.second.lane_points = [{ namespace: '/market', point: point(n, market) }, { namespace: other, point: point(n, others) }];
			}
			n++;
			timeline.add(f);
			return timeline.namespace;
		};
	}

	it('is the busiest with a pace, until the reader chooses', () => {
		const { timeline, hear } = setUp();
		expect(timeline.namespace).toBe(allLanes);
		hear(0);
		expect(timeline.namespace).toBe('/market');
		timeline.choose(allLanes);
		hear(1);
		expect(timeline.namespace).toBe(allLanes);
	});

	it('is one with a pace though nothing is sent there, until it is another', () => {
		const shownAfter = shower('/slow');
		expect([shownAfter(0, 0), shownAfter(0, 1), shownAfter(100, 1)]).toEqual(['/market', '/slow', '/slow']);
	});

	it('is none alone while messages leave only where there is no pace', () => {
		const shownAfter = shower('/free');
		expect([shownAfter(0, 0), shownAfter(0, 500), shownAfter(0, 0), shownAfter(100, 500)]).toEqual(['/market', allLanes, allLanes, '/market']);
	});

	it('decides whose seconds and waiting messages are kept', () => {
		const { timeline, hear } = setUp();
		hear(0);
		hear(1);
		expect(timeline.seconds.map((s) => s.emitted)).toEqual([100, 100]);
		expect(timeline.depths.before(Number.MAX_VALUE)).toBe(3);
		timeline.choose(allLanes);
		hear(2);
		expect(timeline.seconds.map((s) => s.emitted)).toEqual([600]);
		expect(timeline.depths.before(Number.MAX_VALUE)).toBe(7);
	});
});

describe('what the hub remembers', () => {
	it('is asked for after a greeting, and stands before what the feed told', async () => {
		const { timeline, hear } = setUp();
		timeline.begin();
		hear(0);
		hear(1);
		await settled();
		expect(timeline.seconds.map((s) => s.emitted)).toEqual([42, 100, 100]);
		expect(timeline.secondRates.map((r) => [...r.perSecond.slice(0, 2)])).toEqual([
			[5, 0],
			[100, 0], // no colour is known here
		]);
	});

	it('is not shown when it comes after another lane was chosen', async () => {
		const { timeline, points, hear } = setUp();
		hear(0);
		let answer: (list: PointList) => void = () => {};
		points.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
		timeline.choose('/slow');
		points.mockImplementation(async (namespace, step) => ({ namespace, step, points: [] }));
		timeline.choose('/free');
		answer({ step: '1s', points: [point(-5, 7)] });
		await settled();
		expect(timeline.seconds).toEqual([]);
	});

	it('is asked for in tens of seconds only where somebody looks at so much time', async () => {
		const { timeline, points, hear } = setUp();
		hear(0);
		const steps = () => points.mock.calls.map(([, step]) => step);
		const stop = timeline.watch();
		timeline.look('1m');
		await settled();
		expect(steps()).not.toContain('10s');
		timeline.look('1h');
		await settled();
		expect(steps()).toContain('10s');
		expect(timeline.steps.map((s) => s.emitted)).toEqual([42]);
		stop();
	});

	it('is not asked for again before the hub can know more', async () => {
		const { timeline, points, hear } = setUp();
		points.mockImplementation(async (namespace, step) => ({ namespace, step, points: [point(-15, 42)] }));
		hear(0);
		const asked = () => points.mock.calls.filter(([, step]) => step === '10s').length;
		const stop = timeline.watch();
		for (const span of ['1h', '10s', '10m', '1h'] as const) {
			timeline.look(span);
			await settled();
		}
		expect(asked()).toBe(1);
		hear(4); // this second ends when a ten of seconds does
		timeline.look('10m');
		expect(asked()).toBe(2);
		stop();
	});

	it('may be out of reach: the feed goes on', async () => {
		const { timeline, points, hear } = setUp();
		points.mockRejectedValue(new ApiError(0, 'unreachable', '', ''));
		timeline.begin();
		hear(0);
		await settled();
		hear(1);
		expect(timeline.seconds).toHaveLength(2);
	});
});

describe('what is held', () => {
	it('stays as it was while more is remembered, until it is let go or another lane is looked at', () => {
		const { timeline, hear } = setUp();
		hear(0);
		hear(1);
		timeline.hold();
		hear(2);
		timeline.hold(); // again changes nothing
		expect([timeline.steps.length, timeline.shown.depths.before(second + 10_000), timeline.shown.emits.newest - second]).toEqual([2, 3, 2000]);
		timeline.letGo();
		expect([timeline.steps.length, timeline.shown.emits.newest - second]).toEqual([3, 3000]);
		timeline.hold();
		timeline.choose(allLanes);
		expect(timeline.held).toBeNull();
	});
});
