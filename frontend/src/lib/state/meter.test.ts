import { beforeEach, describe, expect, it } from 'vitest';
import { Meter } from '$lib/state/meter.svelte';
import type { Counters, FeedFrame, Point } from '$lib/wire';

const start = Date.UTC(2025, 10, 22, 9, 0, 0);
const at = (second: number) => new Date(start + second * 1000).toISOString();
const counters = (emitted: number): Counters => ({
	accepted: emitted, emitted, received: 0, dropped: 0, dropped_on_purpose: 0, rejected: 0, missed_slots: 0, late: 0, delivered: emitted * 10,
});
const point = (second: number, emitted: number): Point => ({
	time: at(second), accepted: emitted, emitted, dropped: 0, missed_slots: 0, late: 0, delivered: emitted * 10, depth: 0,
	lateness_p50_us: 5, lateness_p90_us: 9, lateness_p99_us: 20, lateness_max_us: 30,
});
const nothing = { count: 0, p50_us: 0, p90_us: 0, p99_us: 0, max_us: 0 };

/** The frame at the end of a second in which so many were emitted. */
function frame(second: number, inAll: number, emitted: number, quantiles = nothing): FeedFrame {
	return {
		type: 'frame', time: at(second + 1), counters: counters(inAll), clients: 2, slow: 1, lanes: [], messages: [], query: 0, matched: 0, hits: 0, ended: 0, lost: 0,
		second: { point: point(second, emitted), lateness: quantiles, lanes: [], lane_points: [], streams: [], late_minute: 0, lost_minute: 0, emits_minute: emitted },
	};
}

describe('Meter', () => {
	let meter: Meter;
	beforeEach(() => {
		meter = new Meter();
	});
	const take = (...frames: FeedFrame[]) => {
		for (const f of frames) meter.add(f);
		meter.commit();
	};

	it('has no reading before the hub has spoken', () => {
		expect([meter.clients, meter.rates, meter.p99Us, meter.time, meter.second]).toEqual([null, null, null, null, null]);
	});

	it('has no lateness while nothing was emitted', () => {
		take(frame(0, 0, 0));
		expect(meter.p99Us).toBeNull();
		take(frame(1, 100, 100, { ...nothing, count: 100, p99_us: 21.5 }));
		expect(meter.p99Us).toBe(21.5);
	});

	it('takes the first rate from the last second, then from three', () => {
		take(frame(0, 500, 90));
		expect(meter.rates).toEqual({ emitted: 90, delivered: 900 });
		take(frame(1, 600, 100), frame(2, 710, 110));
		expect(meter.rates).toEqual({ emitted: 105, delivered: 1050 });
		take(frame(3, 810, 100), frame(4, 910, 100), frame(5, 1010, 100));
		expect(meter.rates?.emitted).toBe(100);
	});

	it('begins its rates again when the hub has begun again', () => {
		take(frame(0, 1000, 100), frame(1, 1100, 100));
		take(frame(9, 3, 3));
		expect(meter.rates?.emitted).toBe(3);
	});

	it('makes no rate of the moment between two frames', () => {
		take(frame(0, 1000, 100));
		meter.add({ ...frame(0, 1020, 100), time: new Date(start + 1050).toISOString() });
		meter.commit();
		expect(meter.rates?.emitted).toBe(100);
	});

	it("leaves out a hub's first second, which has no time yet", () => {
		meter.begin([{ ...point(0, 0), time: '' }]);
		meter.commit();
		expect(meter.history).toEqual([]);
	});

	it('keeps a minute, and leaves out what nobody knows', () => {
		meter.begin(Array.from({ length: 60 }, (_, i) => point(i, 10)));
		take(frame(63, 700, 12));
		expect(meter.history).toHaveLength(57);
		expect(meter.history.at(-1)).toMatchObject({ at: start / 1000 + 63, emitted: 12 });
		expect(meter.history.at(-2)).toMatchObject({ at: start / 1000 + 59 });
	});

	it('fills the gap of a lost connection with what the hub remembers', () => {
		meter.begin([point(0, 1)]);
		take(frame(1, 2, 2));
		meter.begin([point(1, 2), point(2, 3), point(3, 4)]);
		meter.commit();
		expect(meter.history.map((s) => s.emitted)).toEqual([1, 2, 3, 4]);
	});
});
