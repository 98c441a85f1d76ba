import { beforeEach, expect, it, vi } from 'vitest';
import type { Timeline } from '$lib/state/timeline.svelte';
import type { FeedFrame, FeedLane } from '$lib/wire';
import { firstLate, Trigger } from './trigger.svelte';

const start = Date.parse('2026-11-22T14:32:00Z');
let timeline: { namespace: string; spanMs: number; hold: () => void; letGo: () => void; choose: (n: string) => void };
let trigger: Trigger;

beforeEach(() => {
	timeline = { namespace: '/a', spanMs: 10_000, hold: vi.fn(), letGo: vi.fn(), choose: vi.fn() };
	trigger = new Trigger(timeline as unknown as Timeline);
});

/** One lane of a frame: emits so long ago and so late, in µs. */
function lane(namespace: string, emits: [ago: number, late: number][], missed: number[] = []): FeedLane {
	return {
		namespace, depth: 0, capacity: 5000, period_us: 10_000,
		ago_us: emits.map(([ago]) => ago), late_us: emits.map(([, late]) => late), missed_us: missed,
	};
}
function see(second: number, ...lanes: FeedLane[]): void {
	trigger.look({ time: new Date(start + second * 1000).toISOString(), lanes } as unknown as FeedFrame);
}

it('finds the first emit that is too late, and when it left', () => {
	expect(firstLate(lane('/a', [[30_000, 9], [20_000, 1500], [10_000, 3000]]), start, 1000)).toEqual({
		namespace: '/a', at: start - 18.5, lateUs: 1500, isMissed: false, limitUs: 1000,
	});
	expect(firstLate(lane('/a', [[30_000, 1000]]), start, 1000)).toBeNull();
});

it('takes a missed slot for late by its period', () => {
	expect(firstLate(lane('/a', [[10_000, 3000]], [40_000]), start, 1000)).toMatchObject({ at: start - 40, isMissed: true, lateUs: 10_000 });
	expect(firstLate(lane('/a', [], [40_000]), start, 10_000)).toBeNull();
});

it('waits for nothing before it is armed, and only for its lane', () => {
	see(0, lane('/a', [[0, 5000]]));
	expect(trigger.shot).toBeNull();
	trigger.arm('single');
	see(1, lane('/b', [[0, 5000]]));
	expect(trigger.shot).toBeNull();
	see(2, lane('/a', [[0, 5000]]));
	expect(trigger.shot?.lateUs).toBe(5000);
	expect(trigger.heldTo(10_000)).toBe(start + 2005 + 5000);
	expect(trigger.heldTo(3_600_000)).toBe(start + 2005 + 30_000);
});

it('keeps the first shot of a single one until it is armed again', () => {
	trigger.arm('single');
	see(0, lane('/a', [[0, 5000]]));
	see(60, lane('/a', [[0, 7000]]));
	expect([trigger.shot?.lateUs, trigger.armed]).toEqual([5000, false]);
	trigger.again();
	expect([trigger.shot, trigger.armed]).toEqual([null, true]);
	see(61, lane('/a', [[0, 7000]]));
	expect(trigger.shot?.lateUs).toBe(7000);
});

it('shows the newest shot of a normal one, once that before is complete', () => {
	trigger.arm('normal');
	see(0, lane('/a', [[0, 5000]]));
	see(4, lane('/a', [[0, 7000]]));
	expect(trigger.shot?.lateUs).toBe(5000);
	see(6, lane('/a', [[0, 8000]]));
	expect([trigger.shot?.lateUs, trigger.armed]).toEqual([8000, true]);
});

it('holds what is remembered before it is forgotten, and lets it go', () => {
	trigger.arm('single');
	see(0, lane('/a', [[0, 5000]]));
	see(29, lane('/a', []));
	expect(timeline.hold).not.toHaveBeenCalled();
	see(31, lane('/a', []));
	expect(timeline.hold).toHaveBeenCalled();
	trigger.disarm();
	expect(timeline.letGo).toHaveBeenCalled();
	expect(trigger.shot).toBeNull();
});

it('shows the lane that fired', () => {
	trigger.arm('single');
	timeline.namespace = '/b';
	see(0, lane('/a', [[0, 5000]]));
	expect(timeline.choose).toHaveBeenCalledWith('/a');
});

it('is news from the shot until somebody looks', () => {
	trigger.arm('normal');
	expect(trigger.isNews).toBe(false);
	see(1, lane('/a', [[0, 5000]]));
	expect(trigger.isNews).toBe(true);
	trigger.see();
	expect(trigger.isNews).toBe(false);
	see(60, lane('/a', [[0, 5000]]));
	expect(trigger.isNews).toBe(true);
});
