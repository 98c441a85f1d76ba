import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, Rest } from '$lib/api/rest';
import { Compose } from '$lib/state/compose.svelte';

const rest = new Rest('http://hub');
let compose: Compose;
beforeEach(() => {
	vi.useFakeTimers();
	compose = new Compose(rest);
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

const taken = (seq = 7) => ({ accepted: 1, dropped: 0, first_seq: seq, last_seq: seq, queue_depth: { '/ws': 3 } });
const takes = () => vi.spyOn(rest, 'publish').mockImplementation(() => Promise.resolve(taken()));

it('sends the data as it is written', async () => {
	const publish = takes();
	compose.data = ' {"n": 12345678901234567890, "x": 1.0} ';
	await compose.go();
	expect(publish.mock.calls[0]?.[0]).toContain('"data": {"n": 12345678901234567890, "x": 1.0}');
	expect(compose.answers).toEqual([{ at: Date.now(), seq: 7, namespace: '/ws', depth: 3, dropped: 0 }]);
});

it.for([
	{ data: '{\n  "a": 1\n}', rooms: ' AAPL, "x" ,', want: { namespace: '/ws', event: 'tick', rooms: ['AAPL', '"x"'], data: { a: 1 } } },
	{ data: ' ', rooms: '', want: { namespace: '/ws', event: 'tick' } },
])('puts namespace, event and rooms around $data', ({ data, rooms, want }) => {
	Object.assign(compose, { namespace: '/ws', data, rooms });
	expect(JSON.parse(compose.body)).toEqual(want);
});

it('sends nothing that is no JSON, and says where', async () => {
	const publish = takes();
	compose.data = '{"a":1,}';
	await compose.go();
	expect(publish).not.toHaveBeenCalled();
	expect(compose.mistake).toMatchObject({ line: 1, column: 8 });
});

it('knows whether it would send the same again', async () => {
	takes();
	expect(compose.again).toBe(false);
	await compose.go();
	expect(compose.again).toBe(true);
	compose.event = 'quote';
	expect(compose.again).toBe(false);
});

it('repeats at times that are counted from the start', async () => {
	const times: number[] = [];
	vi.spyOn(rest, 'publish').mockImplementation(async () => {
		times.push(performance.now());
		await new Promise((resolve) => setTimeout(resolve, 30)); // a slow answer must not put off the next
		return taken();
	});
	Object.assign(compose, { often: 'repeat', every: '100', times: '4' });
	const start = performance.now();
	const done = compose.go();
	await vi.runAllTimersAsync();
	await done;
	expect(times.map((t) => t - start)).toEqual([0, 100, 200, 300]);
	expect(compose.progress).toEqual({ sent: 4, of: 4, running: false });
});

it('stops repeating when asked', async () => {
	const publish = takes();
	Object.assign(compose, { often: 'repeat', every: '100', times: '1000' });
	const done = compose.go();
	await vi.advanceTimersByTimeAsync(250);
	compose.stop();
	await done;
	expect(publish).toHaveBeenCalledTimes(3);
	expect(compose.progress).toEqual({ sent: 3, of: 1000, running: false });
});

it('stops repeating at the first refusal, and keeps what the hub said', async () => {
	const full = new ApiError(429, 'queue_full', 'the lane is full', 'wait a second');
	vi.spyOn(rest, 'publish').mockResolvedValueOnce(taken()).mockRejectedValue(full);
	Object.assign(compose, { often: 'repeat', every: '1', times: '1000' });
	const done = compose.go();
	await vi.runAllTimersAsync();
	await done;
	expect(compose.answers.map((a) => ('error' in a ? a.error.code : a.seq))).toEqual(['queue_full', 7]);
	expect(compose.progress).toEqual({ sent: 1, of: 1000, running: false });
});

it.for(['', '0', '1.5', '-3', 'x', '2000000'])('repeats nothing %j times', async (times) => {
	const publish = takes();
	Object.assign(compose, { often: 'repeat', times });
	await compose.go();
	expect([compose.ready, compose.count, publish.mock.calls.length]).toEqual([false, null, 0]);
});
