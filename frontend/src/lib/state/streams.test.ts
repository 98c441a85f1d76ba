import { beforeEach, describe, expect, it } from 'vitest';
import { Streams } from '$lib/state/streams.svelte';
import type { Stream } from '$lib/wire';

const stream = (namespace: string, event: string, perSecond: number): Stream => ({
	namespace, event, count: 1, per_second: perSecond, last_seen: '2025-11-22T09:00:00.000000000Z',
});

const now = '2025-11-22T09:00:01.250000000Z';

describe('Streams', () => {
	let streams: Streams;
	beforeEach(() => {
		streams = new Streams();
	});
	const shown = () => streams.groups.map((g) => [g.namespace, ...g.streams.map((s) => s.event)]);

	it('puts the loudest first, namespaces and events', () => {
		streams.add([stream('/a', 'x', 1), stream('/a', 'y', 2), stream('/b', 'z', 9)], now);
		streams.commit(0);
		expect(shown()).toEqual([['/b', 'z'], ['/a', 'y', 'x']]);
		expect(streams.groups[1]?.perSecond).toBe(3);
	});

	it('takes the order anew every 2 s only; newcomers come last', () => {
		streams.add([stream('/a', 'x', 5), stream('/a', 'y', 1)], now);
		streams.commit(0);
		streams.add([stream('/a', 'x', 1), stream('/a', 'y', 5), stream('/a', 'new', 9)], now);
		streams.commit(1000);
		expect(shown()).toEqual([['/a', 'x', 'y', 'new']]);
		streams.add([stream('/a', 'x', 1), stream('/a', 'y', 5), stream('/a', 'new', 9)], now);
		streams.commit(2000);
		expect(shown()).toEqual([['/a', 'new', 'y', 'x']]);
	});

	it('keeps its order while somebody points at it', () => {
		streams.add([stream('/a', 'x', 5), stream('/a', 'y', 1)], now);
		streams.commit(0);
		streams.held = true;
		streams.add([stream('/a', 'x', 1), stream('/a', 'y', 5)], now);
		streams.commit(10_000);
		expect(shown()).toEqual([['/a', 'x', 'y']]);
	});

	it('gives six streams a colour for good, and the others grey', () => {
		const many = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((e) => stream('/ws', e, 1));
		streams.add(many, now);
		expect(many.map((s) => streams.colour('/ws', s.event))).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
		streams.add([...many].reverse(), now);
		expect(streams.colour('/ws', 'a')).toBe(1);
		expect(streams.colour('/ws', 'unknown')).toBe(0);
	});

	it('says how long ago a stream was seen', () => {
		streams.add([stream('/ws', 'a', 1)], now);
		streams.commit(0);
		expect(streams.groups[0]?.streams[0]?.agoMs).toBe(1250);
	});

	it('remembers the rates of the last half minute', () => {
		for (let i = 0; i < 40; i++) streams.add([stream('/ws', 'a', i)], now);
		streams.commit(0);
		expect(streams.groups[0]?.streams[0]?.history).toEqual(Array.from({ length: 30 }, (_, i) => i + 10));
	});
});
