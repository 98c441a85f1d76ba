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

	it('is put in another order at once, whoever points at it', () => {
		const seen = (s: Stream, second: string) => ({ ...s, last_seen: `2025-11-22T09:00:0${second}00000000Z` });
		streams.add([seen(stream('/b', 'x', 9), '0.1'), seen(stream('/a', 'z', 5), '1.0'), seen(stream('/a', 'y', 1), '0.9')], now);
		streams.commit(0);
		streams.held = true;
		expect(shown()).toEqual([['/b', 'x'], ['/a', 'z', 'y']]);
		streams.sortBy('name');
		expect(shown()).toEqual([['/a', 'y', 'z'], ['/b', 'x']]);
		streams.sortBy('recent');
		expect(shown()).toEqual([['/a', 'z', 'y'], ['/b', 'x']]);
	});

	it('keeps its order while somebody points at it', () => {
		streams.add([stream('/a', 'x', 5), stream('/a', 'y', 1)], now);
		streams.commit(0);
		streams.held = true;
		streams.add([stream('/a', 'x', 1), stream('/a', 'y', 5)], now);
		streams.commit(10_000);
		expect(shown()).toEqual([['/a', 'x', 'y']]);
	});

	it('gives the six colours to the loudest, and the others grey', () => {
		streams.add([1, 2, 3, 4, 5, 6, 7, 8].map((rate) => stream('/ws', `r${rate}`, rate)), now);
		expect([8, 7, 6, 5, 4, 3, 2, 1].map((rate) => streams.colour('/ws', `r${rate}`))).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
		expect(streams.colour('/ws', 'unknown')).toBe(0);
	});

	it('lets a stream keep its colour until it has been silent for a minute', () => {
		const six = ['a', 'b', 'c', 'd', 'e', 'f'].map((e) => stream('/ws', e, 1));
		streams.add(six, now);
		const loud = { ...stream('/ws', 'loud', 99), last_seen: '2025-11-22T09:01:01.000000000Z' };
		streams.add([...six, loud], '2025-11-22T09:00:59.000000000Z');
		expect([streams.colour('/ws', 'a'), streams.colour('/ws', 'loud')]).toEqual([1, 0]);
		const heard = six.slice(1).map((s) => ({ ...s, last_seen: loud.last_seen }));
		streams.add([stream('/ws', 'a', 1), ...heard, loud], '2025-11-22T09:01:01.000000000Z');
		expect([streams.colour('/ws', 'a'), streams.colour('/ws', 'loud'), streams.colour('/ws', 'b')]).toEqual([0, 1, 2]);
	});

	it('says how long ago a stream was seen', () => {
		streams.add([stream('/ws', 'a', 1)], now);
		streams.commit(0);
		expect(streams.groups[0]?.streams[0]?.agoMs).toBe(1250);
	});

	it('counts exactly: over the last 3 s for the rate, and each second for the line', () => {
		const at = (second: number) => `2025-11-22T09:00:${String(second).padStart(2, '0')}.000000000Z`;
		for (const [second, count] of [0, 10, 20, 50, 50].entries()) streams.add([{ ...stream('/ws', 'a', 99), count }], at(second));
		streams.commit(0);
		const shown = streams.groups[0]?.streams[0];
		expect([shown?.perSecond, shown?.history]).toEqual([40 / 3, [10, 10, 30, 0]]);
	});

	it('remembers the rates of the last half minute', () => {
		const at = (second: number) => `2025-11-22T09:00:${String(second).padStart(2, '0')}.000000000Z`;
		for (let i = 0; i < 40; i++) streams.add([{ ...stream('/ws', 'a', 1), count: i * i }], at(i));
		streams.commit(0);
		expect(streams.groups[0]?.streams[0]?.history.length).toBe(30);
		expect(streams.groups[0]?.streams[0]?.history.at(-1)).toBe(39 * 39 - 38 * 38);
	});
});
