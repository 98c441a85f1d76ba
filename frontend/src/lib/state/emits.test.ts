import { expect, it } from 'vitest';
import { Emits, LATE, MISSED, PUNCTUAL } from '$lib/state/emits';
import type { FeedFrame, FeedLane } from '$lib/wire';

const second = Date.parse('2026-11-22T14:32:00Z');
const limit = { floorUs: 500, share: 0.05 };

function lane(namespace: string, part: Partial<FeedLane>): FeedLane {
	return { namespace, depth: 0, capacity: 5000, period_us: 10_000, ago_us: [], late_us: [], ...part };
}

/** A frame made so many ms after the whole second. */
function frame(ms: number, ...lanes: FeedLane[]): FeedFrame {
	const counters = { accepted: 0, emitted: 0, received: 0, dropped: 0, dropped_on_purpose: 0, rejected: 0, missed_slots: 0, late: 0, delivered: 0 };
	return { type: 'frame', time: new Date(second + ms).toISOString(), counters, clients: 0, slow: 0, lanes, messages: [], query: 0, matched: 0, hits: 0, ended: 0, lost: 0 };
}

function seen(emits: Emits, namespace: string, from = -1e6, to = 1e6) {
	const all: { ms: number; us: number; kind: number }[] = [];
	emits.within(namespace, second + from, second + to, (at, us, kind) => all.push({ ms: +(at - second).toFixed(3), us, kind }));
	return all.sort((a, b) => a.ms - b.ms);
}

it('tells when each emit was, how late, and what it is', () => {
	const emits = new Emits();
	emits.add(frame(100, lane('/a', { ago_us: [40_000, 20_000], late_us: [9, 800], missed_us: [30_000] })), limit);
	expect(seen(emits, '/a')).toEqual([
		{ ms: 60.009, us: 9, kind: PUNCTUAL },
		{ ms: 70, us: 10_000, kind: MISSED },
		{ ms: 80.8, us: 800, kind: LATE },
	]);
	expect(emits.last - second).toBeCloseTo(80.8, 3);
});

it("counts as late what is late by a share of the lane's interval", () => {
	const emits = new Emits();
	emits.add(frame(100, lane('/a', { period_us: 1_000_000, ago_us: [40_000, 45_000], late_us: [49_000, 51_000] })), limit);
	expect(seen(emits, '/a').map((e) => [e.us, e.kind])).toEqual([
		[51_000, LATE],
		[49_000, PUNCTUAL],
	]);
});

it('tells of one lane, or of all', () => {
	const emits = new Emits();
	emits.add(frame(100, lane('/a', { ago_us: [40_000], late_us: [1] }), lane('/b', { ago_us: [30_000], late_us: [2] })), limit);
	expect(seen(emits, '/b').map((e) => e.us)).toEqual([2]);
	expect(seen(emits, '').map((e) => e.us)).toEqual([1, 2]);
	expect(seen(emits, '/nobody')).toEqual([]);
});

it('finds slots that were missed long before the frame that told of them', () => {
	const emits = new Emits();
	emits.add(frame(0, lane('/a', { ago_us: [0], late_us: [1] })), limit);
	emits.add(frame(9000, lane('/a', { ago_us: [0], late_us: [1], missed_us: [8_000_000] })), limit);
	expect(seen(emits, '/a', 500, 1500)).toEqual([{ ms: 1000, us: 10_000, kind: MISSED }]);
});

it('forgets the oldest where there are too many, and says from when on it knows all', () => {
	const emits = new Emits(3);
	for (let i = 0; i < 5; i++) emits.add(frame(i * 50, lane('/a', { ago_us: [0], late_us: [0] })), limit);
	expect(seen(emits, '/a').map((e) => e.ms)).toEqual([100, 150, 200]);
	expect(emits.holds('/a', second + 150, second + 200)).toBe(true);
	expect(emits.holds('/a', second, second + 200)).toBe(false);
});

it('does not hold a time in which it was interrupted', () => {
	const emits = new Emits();
	emits.add(frame(0), limit);
	emits.add(frame(1000), limit);
	emits.interrupt();
	emits.add(frame(3000), limit);
	emits.add(frame(4000), limit);
	expect(emits.holds('', second, second + 1000)).toBe(true);
	expect(emits.holds('', second, second + 4000)).toBe(false);
	expect(emits.holds('', second + 3000, second + 4000)).toBe(true);
});

it('does not hold what came as bins', () => {
	const emits = new Emits();
	emits.add(frame(0), limit);
	emits.add(frame(1000, lane('/fast', { ago_us: [0], late_us: [0], binned: true }), lane('/slow', {})), limit);
	expect(emits.holds('/fast', second, second + 1000)).toBe(false);
	expect(emits.holds('/slow', second, second + 1000)).toBe(true);
	expect(emits.holds('', second, second + 1000)).toBe(false);
});

it('is copied as it is, and what comes later leaves the copy alone', () => {
	const emits = new Emits(4);
	emits.add(frame(100, lane('/a', { ago_us: [40_000, 20_000], late_us: [9, 800] })), limit);
	const copy = emits.copy();
	emits.add(frame(200, lane('/b', { ago_us: [90_000, 80_000, 70_000, 60_000], late_us: [1, 2, 3, 4] })), limit);
	expect(seen(emits, '/a')).toEqual([]);
	expect(seen(copy, '/a').map((e) => e.us)).toEqual([9, 800]);
	expect(seen(copy, '/b')).toEqual([]);
	expect(copy.covers.map((c) => c.to - second)).toEqual([100]);
});
