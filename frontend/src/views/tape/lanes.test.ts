import { expect, it } from 'vitest';
import type { Density, StreamDensity } from '$lib/state/reel.svelte';
import { coloursOf, gapsOf, lanesOf, type Lane } from './lanes';

const stream = (event: string, counts: number[], namespace = '/ws'): StreamDensity => ({ namespace, event, messages: counts.reduce((n, c) => n + c, 0), counts });
const density = (streams: StreamDensity[], others: number[] = []): Density => ({ from: 0, to: 4, stepMs: 1, streams, others, late: [0, 0, 0, 0], lost: [0, 0, 0, 0] });
const lane = (counts: number[]): Lane => ({ namespace: '/ws', event: 'tick', colour: 1, counts, streams: 1 });
const full = (n: number) => Array.from({ length: n }, () => 3);
const none = (n: number) => Array.from({ length: n }, () => 0);

it('gives streams the colours of the other screens, and the rest what is free', () => {
	const live = (_: string, event: string) => (event === 'quote' ? 1 : 0);
	const found = coloursOf(['tick', 'quote', 'a', 'b', 'c', 'd', 'e'].map((e) => stream(e, [1])), live);
	expect([...found.values()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
	expect(found.get('/ws quote')).toBe(1);
	expect(found.get('/ws tick')).toBe(2);
});

it('puts what has no line of its own together, in the order of the whole recording', () => {
	const all = density([stream('a', [9, 9, 9, 9]), stream('b', [2, 2, 2, 2]), stream('c', [1, 1, 1, 1])], [1, 0, 0, 0]);
	const part = density([stream('b', [5, 0, 0, 0]), stream('c', [0, 4, 0, 0])], [0, 0, 7, 0]);
	const lanes = lanesOf(all, part, new Map(), 2);
	expect(lanes.map((l) => [l.event, l.counts])).toEqual([
		['a', []],
		['', [5, 4, 7, 0]],
	]);
	expect(lanes[1]?.streams).toBe(2);
});

it('tells where streams that never rest were silent, and lanes beside one another share it', () => {
	const silent = lane([...full(20), ...none(10), ...full(20)]);
	expect(gapsOf([silent, silent, lane(full(50))], 8)).toEqual([{ from: 0, to: 1, begin: 20, end: 30 }]);
	expect(gapsOf([silent], 12)).toEqual([]);
});

it('calls no rest of a stream a gap that comes only now and then, nor what is before its first message', () => {
	expect(gapsOf([lane([1, ...none(9), 1, ...none(9), 1, ...none(9), 1])], 8)).toEqual([]);
	expect(gapsOf([lane([...none(20), ...full(30)])], 8)).toEqual([]);
});
