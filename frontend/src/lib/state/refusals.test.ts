import { expect, it } from 'vitest';
import { Refusals } from '$lib/state/refusals.svelte';
import type { Counters, LaneStats } from '$lib/wire';

const none: Counters = { accepted: 0, emitted: 0, received: 0, dropped: 0, dropped_on_purpose: 0, rejected: 0, missed_slots: 0, late: 0, delivered: 0 };
const quantiles = { count: 0, p50_us: 0, p90_us: 0, p99_us: 0, max_us: 0 };
const lane = (namespace: string, rejected: number): LaneStats => ({
	namespace, counters: { ...none, rejected }, lateness: quantiles, interval_error: quantiles, queue_wait: quantiles,
});
const told = ({ count, namespace, goesOn }: Refusals) => ({ count, namespace, goesOn });

it('counts what was refused since it began to hear of it, and names the lane that refused most', () => {
	const refusals = new Refusals();
	refusals.add(1000, [lane('/a', 700), lane('/b', 10)]);
	expect(told(refusals)).toEqual({ count: 0, namespace: '', goesOn: false });
	refusals.add(2000, [lane('/a', 705), lane('/b', 40), lane('/new', 2)]);
	expect(told(refusals)).toEqual({ count: 37, namespace: '/b', goesOn: true });
});

it('says that it is over some seconds later, and forgets it after a minute', () => {
	const refusals = new Refusals();
	refusals.add(0, [lane('/a', 0)]);
	for (let at = 1000; at <= 4000; at += 1000) refusals.add(at, [lane('/a', 5)]);
	expect(told(refusals)).toEqual({ count: 5, namespace: '/a', goesOn: false });
	for (let at = 5000; at <= 62_000; at += 1000) refusals.add(at, [lane('/a', 5)]);
	expect(told(refusals)).toEqual({ count: 0, namespace: '', goesOn: false });
});

it('begins again with a hub that was started anew', () => {
	const refusals = new Refusals();
	refusals.add(0, [lane('/a', 0)]);
	refusals.add(1000, [lane('/a', 90)]);
	refusals.add(2000, [lane('/a', 3)]);
	expect(refusals.count).toBe(0);
	refusals.add(3000, [lane('/a', 4)]);
	expect(refusals.count).toBe(1);
});
