import { describe, expect, it } from 'vitest';
import { Beats } from '$lib/state/beats';
import type { FeedFrame, FeedLane } from '$lib/wire';

const start = Date.UTC(2025, 10, 22, 9, 0, 0);
const limit = { floorUs: 500, share: 0.05 };

function frame(atMs: number, lane: Partial<FeedLane>): FeedFrame {
	const none = { accepted: 0, emitted: 0, received: 0, dropped: 0, rejected: 0, missed_slots: 0, late: 0, delivered: 0 };
	return {
		type: 'frame', time: new Date(start + atMs).toISOString(), counters: none, clients: 0, slow: 0,
		lanes: [{ namespace: '/ws', depth: 0, capacity: 1, period_us: 10_000, ago_us: [], late_us: [], ...lane }],
		messages: [], matched: 0, lost: 0,
	};
}
function all(beats: Beats, from = 0): [number, string][] {
	const found: [number, string][] = [];
	beats.since(from, (at, beat) => found.push([Math.round((at - start) * 1000) / 1000, beat]));
	return found;
}

describe('Beats', () => {
	it('are where they were emitted: their due time and their lateness', () => {
		const beats = new Beats(8, () => 0);
		beats.add(frame(50, { ago_us: [40_000, 30_000], late_us: [9, 501], missed_us: [20_000] }), limit);
		expect(all(beats)).toEqual([
			[10.009, 'punctual'],
			[20.501, 'late'],
			[30, 'missed'],
		]);
		expect(beats.newest).toBeCloseTo(start + 30, 3);
	});

	it("are late by a share of the lane's period", () => {
		const beats = new Beats(8, () => 0);
		beats.add(frame(50, { period_us: 1_000_000, ago_us: [40_000, 45_000], late_us: [49_000, 51_000] }), limit);
		expect(all(beats).map(([, beat]) => beat)).toEqual(['punctual', 'late']);
	});

	it('overwrite the oldest when there is no room', () => {
		const beats = new Beats(3, () => 0);
		for (let i = 1; i <= 5; i++) beats.add(frame(i * 50, { ago_us: [0], late_us: [0] }), limit);
		expect(all(beats).map(([at]) => at).sort((a, b) => a - b)).toEqual([150, 200, 250]);
		expect(all(beats, start + 201)).toEqual([[250, 'punctual']]);
	});

	it("tell the hub's time by the frame that came quickest", () => {
		let local = 0;
		const beats = new Beats(8, () => local);
		local = 130; // 30 ms on the way
		beats.add(frame(100, {}), limit);
		local = 205; // 5 ms on the way
		beats.add(frame(200, {}), limit);
		local = 340; // 40 ms on the way
		beats.add(frame(300, {}), limit);
		expect(beats.now() - start).toBeCloseTo(340 - 5, 0);
	});

	it('follow a clock that was set', () => {
		const beats = new Beats(8, () => 0);
		beats.add(frame(10_000, {}), limit);
		beats.add(frame(0, {}), limit);
		expect(beats.now()).toBe(start);
	});
});
