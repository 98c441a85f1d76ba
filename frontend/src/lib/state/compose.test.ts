import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { Rest } from '$lib/api/rest';
import { Compose } from '$lib/state/compose.svelte';
import type { Draft } from '$lib/state/draft';

const rest = new Rest('http://hub');
let compose: Compose;
let sent: Draft[];
beforeEach(() => {
	vi.useFakeTimers();
	compose = new Compose(rest, { add: (draft) => sent.push(draft) });
	sent = [];
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

const taken = (seq = 7) => ({ accepted: 1, dropped: 0, first_seq: seq, last_seq: seq, queue_depth: { '/ws': 3 } });
const takes = () => vi.spyOn(rest, 'hand').mockImplementation(() => Promise.resolve(taken()));

it('sends the data as it is written', async () => {
	const publish = takes();
	compose.data = ' {"n": 12345678901234567890, "x": 1.0} ';
	await compose.go();
	expect(publish.mock.calls[0]?.[1]).toContain('"data": {"n": 12345678901234567890, "x": 1.0}');
	expect(compose.answers).toEqual([{ at: Date.now(), seq: 7, namespace: '/ws', depth: 3, dropped: 0 }]);
});

it('sends to the rooms that are named, while rooms are chosen', () => {
	Object.assign(compose, { namespace: '/ws', data: ' ', rooms: ' AAPL, "x" ,' });
	expect(JSON.parse(compose.request.body)).toEqual({ namespace: '/ws', event: 'tick' });
	compose.whom = 'rooms';
	expect(JSON.parse(compose.request.body)).toEqual({ namespace: '/ws', event: 'tick', rooms: ['AAPL', '"x"'] });
});

it('waits for the ack of one client, and keeps what its program said', async () => {
	let answer: (said: { seq: number; payload: string; roundTrip: string }) => void = () => {};
	const ask = vi.spyOn(rest, 'askClient').mockReturnValue(new Promise((resolve) => (answer = resolve)));
	Object.assign(compose, { whom: 'client', client: 'a/b', ackWithin: '250' });
	const done = compose.go();
	expect([compose.waits, compose.ready]).toEqual([true, false]);
	answer({ seq: 9, payload: '{"n":9007199254740993}', roundTrip: '1.8ms' });
	await done;
	expect(ask.mock.calls[0]?.[0]).toBe('/api/v1/clients/a%2Fb/messages');
	expect(ask.mock.calls[0]?.[1]).toContain('"ack": "250ms"');
	expect(compose.answers).toEqual([{ at: Date.now(), seq: 9, said: '{"n":9007199254740993}', roundTrip: '1.8ms' }]);
	expect(compose.waits).toBe(false);
});

it('sends nothing to one client as long as none is chosen', async () => {
	const publish = takes();
	compose.whom = 'client';
	await compose.go();
	expect(publish).not.toHaveBeenCalled();
});

it('has the hub fill holes at the moment of sending, the next one each time', async () => {
	const publish = takes();
	const fill = vi.spyOn(rest, 'fill').mockImplementation((_, _seed, n) => Promise.resolve(`{"n":${n}}`));
	compose.data = '{"n": {{seq}}}';
	await compose.go();
	await compose.go();
	expect(fill.mock.calls.map(([text, seed, n]) => [text, seed, n])).toEqual([0, 1].map((n) => ['{"n": {{seq}}}', fill.mock.calls[0]?.[1], n]));
	expect(publish.mock.calls.map(([, body]) => (JSON.parse(body) as { data: object }).data)).toEqual([{ n: 0 }, { n: 1 }]);
	expect(sent.map((d) => d.data)).toEqual(['{"n": {{seq}}}', '{"n": {{seq}}}']);
});

it('foresees what the holes will be, once nobody writes any more', async () => {
	const fill = vi.spyOn(rest, 'fill').mockResolvedValue('[1]');
	compose.data = '[{{seq}}]';
	const stop = compose.foresee();
	stop(); // another letter was written
	compose.foresee();
	await vi.runAllTimersAsync();
	expect([fill.mock.calls.length, compose.next]).toEqual([1, '[1]']);
	compose.data = '[1]';
	compose.foresee();
	expect(compose.next).toBeNull();
});

it('puts what stands for a file into the data, and takes it out', () => {
	compose.data = '{"a": 1}';
	compose.attach({ name: 'x', bytes: 1, base64: 'AA==' });
	compose.attach({ name: 'y', bytes: 1, base64: 'AQ==' });
	expect(JSON.parse(compose.request.body)).toMatchObject({
		data: { a: 1, file1: { _placeholder: true, num: 0 }, file2: { _placeholder: true, num: 1 } },
		attachments: ['AA==', 'AQ=='],
	});
	compose.detach(0);
	expect(JSON.parse(compose.request.body)).toMatchObject({ data: { a: 1, file1: null, file2: { _placeholder: true, num: 0 } }, attachments: ['AQ=='] });
});

it('shows a message that was sent or saved before', () => {
	compose.load({ namespace: '/x', event: 'e', data: '[]', rooms: ['a', 'b'], attachments: [] });
	expect(JSON.parse(compose.request.body)).toEqual({ namespace: '/x', event: 'e', rooms: ['a', 'b'], data: [] });
	compose.load({ namespace: '/x', event: 'e', data: '[]', rooms: [], attachments: [] });
	expect(compose.whom).toBe('all');
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
	vi.spyOn(rest, 'hand').mockImplementation(async () => {
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
	expect(compose.progress).toEqual({ sent: 4, of: 4, running: false, latestMs: 0 });
});

it('says how long after its time the latest was sent, where the page repeats', async () => {
	let answersMs = 30;
	vi.spyOn(rest, 'hand').mockImplementation(async () => {
		await new Promise((resolve) => setTimeout(resolve, answersMs));
		answersMs = 0;
		return taken();
	});
	Object.assign(compose, { often: 'repeat', every: '10', times: '5' });
	const done = compose.go();
	await vi.runAllTimersAsync();
	await done;
	expect(compose.progress?.latestMs).toBe(20); // the second, which waited for the first's answer
});

it('stops repeating when asked', async () => {
	const publish = takes();
	Object.assign(compose, { often: 'repeat', every: '100', times: '1000' });
	const done = compose.go();
	await vi.advanceTimersByTimeAsync(250);
	compose.stop();
	await done;
	expect(publish).toHaveBeenCalledTimes(3);
	expect(compose.progress).toEqual({ sent: 3, of: 1000, running: false, latestMs: 0 });
});

it('stops repeating at the first refusal, and keeps what the hub said', async () => {
	const full = new ApiError(429, 'queue_full', 'the lane is full', 'wait a second');
	vi.spyOn(rest, 'hand').mockResolvedValueOnce(taken()).mockRejectedValue(full);
	Object.assign(compose, { often: 'repeat', every: '1', times: '1000' });
	const done = compose.go();
	await vi.runAllTimersAsync();
	await done;
	expect(compose.answers.map((a) => ('error' in a ? a.error.code : a.seq))).toEqual(['queue_full', 7]);
	expect(compose.progress).toEqual({ sent: 1, of: 1000, running: false, latestMs: 0 });
});

it.for(['', '0', '1.5', '-3', 'x', '2000000'])('repeats nothing %j times', async (times) => {
	const publish = takes();
	Object.assign(compose, { often: 'repeat', times });
	await compose.go();
	expect([compose.ready, compose.count, publish.mock.calls.length]).toEqual([false, null, 0]);
});

/** A hub that repeats for the page, and is done when it was asked for the second time. */
function repeats() {
	compose = new Compose(rest, { add: () => {} }, () => true);
	const save = vi.spyOn(rest, 'saveSimulator').mockResolvedValue({} as never);
	const run = vi.spyOn(rest, 'runSimulator').mockResolvedValue({} as never);
	const remove = vi.spyOn(rest, 'removeSimulator').mockResolvedValue();
	let accepted = 0;
	vi.spyOn(rest, 'simulators').mockImplementation(async () => {
		accepted += 2;
		return { simulators: [{ name: save.mock.calls[0]?.[0], accepted, running: accepted < 4 } as never], max_rate: 1, demo: false };
	});
	Object.assign(compose, { namespace: '/ws', data: '[{{seq}}]', often: 'repeat', every: '100', times: '4' });
	return { save, run, remove };
}
const repeated = async () => {
	const done = compose.go();
	await vi.runAllTimersAsync();
	await done;
};

it('has the hub repeat what is for everybody, and tells how far it has come', async () => {
	const { save, run, remove } = repeats();
	await repeated();
	const [name] = save.mock.calls[0] ?? [];
	expect(save.mock.calls[0]?.[1]).toMatchObject({ feed: 'template', namespace: '/ws', event: 'tick', interval: '100ms', count: 4, template: '[{{seq}}]' });
	expect([run.mock.calls, remove.mock.calls]).toEqual([[[name, true]], [[name]]]);
	expect(compose.progress).toEqual({ sent: 4, of: 4, running: false, latestMs: null });
	Object.assign(compose, { whom: 'rooms', rooms: 'a, b' });
	expect(compose.steady).toBe(true);
	await repeated();
	expect(save.mock.calls[1]?.[1].rooms).toEqual(['a', 'b']);
	compose.whom = 'client';
	expect(compose.steady).toBe(false);
});

it('repeats under a name that no other page repeats under', async () => {
	const names = [];
	for (let page = 0; page < 2; page++) {
		const { save } = repeats();
		await repeated();
		names.push(save.mock.lastCall?.[0]);
	}
	expect(new Set(names).size).toBe(2);
	for (const name of names) expect(name).toMatch(/^Compose \w+$/);
});

it('foresees the first of a repetition, which the hub begins anew, and nothing of it afterwards', async () => {
	const { save } = repeats();
	takes();
	const fill = vi.spyOn(rest, 'fill').mockResolvedValue('[1]');
	const foreseen = async () => {
		compose.foresee();
		await vi.runAllTimersAsync();
		return fill.mock.lastCall?.slice(1, 3);
	};
	await compose.sendOne();
	const before = await foreseen();
	await repeated();
	expect(before).toEqual([save.mock.lastCall?.[1].seed, 0]);
	const after = await foreseen();
	expect([after?.[0] === before?.[0], after?.[1]]).toEqual([false, 0]);
});

it('takes another seed where the hub would have to fill too many first', async () => {
	takes();
	const fill = vi.spyOn(rest, 'fill').mockResolvedValue('[1]');
	Object.assign(compose, { data: '[{{seq}}]', whom: 'rooms', rooms: 'a', often: 'repeat', every: '1', times: '1003' });
	await repeated();
	expect(fill.mock.calls.slice(-3).map(([, , n]) => n)).toEqual([1000, 0, 1]);
	expect(new Set(fill.mock.calls.map(([, seed]) => seed)).size).toBe(2);
});
