import { expect, it } from 'vitest';
import type { Lane, Simulator } from '$lib/wire';
import { offerOf } from './offers';

const lane = (namespace: string, interval: string, depth = 0): Lane => ({
	namespace, interval, rate: 0, catch_up: 'skip', capacity: 5000, max_bytes: 1, full: 'latest', key: '/symbol', relay: false, configured: true, depth, bytes: 0,
});
const made = (name: string, namespace: string, offered: number, producers = 1, running = true): Simulator => ({
	name, feed: 'ticks', namespace, offered, producers, running, sent: 0, accepted: 0, refused: 0, dropped: 0, missed: 0,
});

it('says that all of it fits, and what one more would do', () => {
	const all = [made('ticks', '/m', 96), made('sine', '/s', 20, 4), made('idle', '/m', 500, 1, false)];
	expect(offerOf(all, [lane('/m', '10ms'), lane('/s', '0s')])).toEqual({ total: 116, over: null, next: { name: 'ticks', namespace: '/m' } });
});

it('takes what a lane just emits for what fits', () => {
	expect(offerOf([made('a', '/m', 100)], [lane('/m', '10ms')]).over).toBeNull();
});

it('names the lane that is full first, and when', () => {
	const all = [made('a', '/m', 150), made('b', '/m', 50), made('c', '/n', 2000)];
	const { total, over } = offerOf(all, [lane('/m', '10ms', 4900), lane('/n', '1ms')]);
	expect(total).toBe(2200);
	expect(over).toEqual({ namespace: '/m', offered: 200, paced: 100, seconds: 1, full: 'latest', key: '/symbol' });
});

it('offers nothing where nothing runs', () => {
	expect(offerOf([made('a', '/m', 150, 1, false)], [lane('/m', '10ms')])).toEqual({ total: 0, over: null, next: null });
});
