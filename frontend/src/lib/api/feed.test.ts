import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff } from '$lib/api/backoff';
import { decodeFeed } from '$lib/api/decode';
import { FeedSocket, type FeedState, type Refusal } from '$lib/api/feed';

/** A WebSocket that does what the test says. */
class FakeSocket {
	onmessage: ((event: { data: unknown }) => void) | null = null;
	onclose: ((event?: { code: number; reason: string }) => void) | null = null;
	sent: string[] = [];
	isClosed = false;

	send(text: string): void {
		this.sent.push(text);
	}
	close(): void {
		this.isClosed = true;
	}
	say(message: object): void {
		this.onmessage?.({ data: JSON.stringify(message) });
	}
}

const hello = { type: 'hello', points: [] };
const frame = { type: 'frame', messages: [], lanes: [] };

describe('FeedSocket', () => {
	let sockets: FakeSocket[];
	let states: FeedState[];
	let refusal: Refusal | null;
	let isWelcome: boolean;
	let feed: FeedSocket;
	const newest = () => sockets.at(-1) as FakeSocket;
	const heard: string[] = [];

	beforeEach(() => {
		vi.useFakeTimers({ now: 0 });
		sockets = [];
		states = [];
		refusal = null;
		isWelcome = true;
		heard.length = 0;
		feed = new FeedSocket({
			url: 'ws://hub/api/v1/feed',
			open: () => {
				sockets.push(new FakeSocket());
				return newest() as unknown as WebSocket;
			},
			now: () => Date.now(),
			random: () => 0.5, // the middle of the spread: no spread
			refusal: () => Promise.resolve(refusal),
			welcome: () => Promise.resolve(isWelcome),
			onhello: () => heard.push('hello'),
			onframe: () => heard.push('frame'),
			onrefused: (id, { message }) => heard.push(`series ${id}: ${message}`),
			onsharing: ({ address }) => heard.push(`shared at ${address}`),
			onfaults: (faults) => heard.push(`faults in ${faults.map((f) => f.namespace).join(', ')}`),
			onalerts: (raised) => heard.push(`raised ${raised.map((e) => e.name)}`),
			onrecordings: () => heard.push('recordings'),
			oncleared: () => heard.push('cleared'),
			onexperiment: (experiment) => heard.push(`experiment ${experiment.state}`),
			onstate: (s) => states.push(s),
		});
		feed.start();
	});
	afterEach(() => {
		feed.stop();
		expect(vi.getTimerCount()).toBe(0);
		vi.useRealTimers();
	});

	it('tells which alerts are raised', () => {
		newest().say(hello);
		newest().say({ type: 'alerts', raised: [{ name: 'Queue' }] });
		expect(heard).toEqual(['hello', 'raised Queue']);
	});

	it('hears that what is recorded has changed', () => {
		newest().say(hello);
		newest().say({ type: 'recordings', recordings: { running: [], flight: 'recording' } });
		expect(heard).toEqual(['hello', 'recordings']);
	});

	it('hears that the hub has forgotten its messages', () => {
		newest().say(hello);
		newest().say({ type: 'cleared' });
		expect(heard).toEqual(['hello', 'cleared']);
	});

	it('asks for series again when it is back, and tells which one is refused', () => {
		newest().say(hello);
		feed.series([{ id: 1, query: 'event:tick', pointer: '/p' }]);
		const asked = '{"type":"series","series":[{"id":1,"query":"event:tick","pointer":"/p"}]}';
		expect(newest().sent).toEqual([asked]);
		newest().say({ type: 'error', id: 1, code: 'invalid_query', message: 'no' });
		expect(heard).toContain('series 1: no');
		newest().onclose?.();
		feed.retryNow();
		newest().say(hello);
		expect(newest().sent).toEqual([asked]);
	});
	it('is live when the hub has greeted, not before', () => {
		expect(states).toEqual([]);
		newest().say(hello);
		newest().say(frame);
		expect(states).toEqual([{ kind: 'live', stopping: false }]);
		expect(heard).toEqual(['hello', 'frame']);
	});

	it('tells how the hub is shared from now on', () => {
		newest().say(hello);
		newest().say({ type: 'sharing', sharing: { on: true, open_view: false, address: '192.168.1.20:8092' } });
		expect(heard).toEqual(['hello', 'shared at 192.168.1.20:8092']);
	});

	it('tells which faults are on from now on', () => {
		newest().say(hello);
		newest().say({ type: 'faults', faults: [{ namespace: '/ws', ends: '2026-01-02T15:04:05Z' }] });
		expect(heard).toEqual(['hello', 'faults in /ws']);
	});

	it('connects again after longer and longer waits, and keeps the moment of the loss', async () => {
		newest().say(hello);
		await vi.advanceTimersByTimeAsync(1000);
		const waits = [];
		for (let i = 0; i < 6; i++) {
			const lostAt = Date.now();
			const before = sockets.length;
			newest().onclose?.();
			while (sockets.length === before) await vi.advanceTimersByTimeAsync(10);
			waits.push(Date.now() - lostAt);
		}
		expect(waits).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
		expect(states.at(-1)).toEqual({ kind: 'lost', since: 1000, stopping: false, refusal: null });
	});

	it('begins with short waits again once it was live', async () => {
		for (let i = 0; i < 4; i++) {
			newest().onclose?.();
			await vi.advanceTimersByTimeAsync(5000);
		}
		newest().say(hello);
		newest().onclose?.();
		const before = sockets.length;
		await vi.advanceTimersByTimeAsync(500);
		expect(sockets.length).toBe(before + 1);
	});

	it('takes a long silence for a dead connection', async () => {
		newest().say(hello);
		await vi.advanceTimersByTimeAsync(4000);
		newest().say(frame);
		await vi.advanceTimersByTimeAsync(4900);
		expect(states.at(-1)).toEqual({ kind: 'live', stopping: false });
		const silent = newest();
		await vi.advanceTimersByTimeAsync(200);
		expect(states.at(-1)).toMatchObject({ kind: 'lost' });
		expect(silent.isClosed).toBe(true);
	});

	it('says that the hub stops, and shows its last frames, then that it was stopped', () => {
		newest().say(hello);
		newest().say({ type: 'stopping' });
		newest().say(frame);
		expect(states.at(-1)).toEqual({ kind: 'live', stopping: true });
		expect(heard).toEqual(['hello', 'frame']);
		newest().onclose?.();
		expect(states.at(-1)).toMatchObject({ kind: 'lost', stopping: true });
	});

	it('gives the reason of the hub that does not admit it', async () => {
		refusal = { message: 'This hub asks for a key.', hint: 'Ask its owner.' };
		newest().onclose?.();
		await vi.advanceTimersByTimeAsync(0);
		expect(states.at(-1)).toMatchObject({ kind: 'lost', refusal });
	});

	it('gives the last words of a hub that closes the feed', () => {
		newest().say({ type: 'error', code: 'unauthorized', message: 'The key was revoked.' });
		newest().onclose?.();
		expect(states.at(-1)).toMatchObject({ kind: 'lost', refusal: { message: 'The key was revoked.', hint: '' } });
	});

	it('says why the hub showed it out, also while the hub cannot be reached any more', async () => {
		newest().say(hello);
		newest().onclose?.({ code: 1008, reason: 'the key was revoked; make a new one' });
		const refused = { kind: 'lost', refusal: { message: 'the key was revoked', hint: 'make a new one' } };
		expect(states.at(-1)).toMatchObject(refused);
		await vi.advanceTimersByTimeAsync(500);
		newest().onclose?.();
		await vi.advanceTimersByTimeAsync(0);
		expect(states.at(-1)).toMatchObject(refused);
	});

	it('does not knock again where it was refused before it is welcome', async () => {
		newest().say(hello);
		isWelcome = false;
		newest().onclose?.({ code: 1008, reason: 'the key was revoked' });
		await vi.advanceTimersByTimeAsync(60_000);
		expect(sockets).toHaveLength(1);
		isWelcome = true;
		await vi.advanceTimersByTimeAsync(5000);
		expect(sockets).toHaveLength(2);
	});

	it('tries at once all the same when asked to', async () => {
		isWelcome = false;
		newest().onclose?.({ code: 1008, reason: 'the key was revoked' });
		feed.retryNow();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(sockets).toHaveLength(2);
		newest().say(hello);
	});

	it('forgets why once it is let in again', async () => {
		newest().say(hello);
		newest().onclose?.({ code: 1008, reason: 'the key was revoked' });
		await vi.advanceTimersByTimeAsync(500);
		newest().say(hello);
		newest().onclose?.({ code: 1006, reason: '' });
		expect(states.at(-1)).toMatchObject({ kind: 'lost', refusal: null });
	});

	it('does not blame a loss on an error that was got over', () => {
		newest().say(hello);
		newest().say({ type: 'error', code: 'invalid_query', message: 'query field "x" is unknown' });
		newest().say(frame);
		newest().onclose?.();
		expect(states.at(-1)).toMatchObject({ kind: 'lost', refusal: null });
	});

	it('tries at once when asked to, but never with two sockets', () => {
		newest().onclose?.();
		feed.retryNow();
		feed.retryNow();
		expect(sockets).toHaveLength(2);
	});

	it('tells each new connection what to send', () => {
		newest().say(hello);
		feed.query(3, 'ns:/ws', 'event:tick');
		newest().onclose?.();
		feed.retryNow();
		newest().say(hello);
		expect(sockets.map((s) => s.sent)).toEqual(Array(2).fill([JSON.stringify({ type: 'query', number: 3, query: 'ns:/ws', highlight: 'event:tick' })]));
	});

	it('is silent after stop', async () => {
		newest().say(hello);
		feed.stop();
		await vi.advanceTimersByTimeAsync(60_000);
		expect(sockets).toHaveLength(1);
		expect(newest().isClosed).toBe(true);
		expect(states).toEqual([{ kind: 'live', stopping: false }]);
	});
});

describe('backoff', () => {
	it('is spread by a fifth, and never over 6 s', () => {
		expect(backoff(0, 0)).toBeCloseTo(400);
		expect(backoff(0, 1)).toBeCloseTo(600);
		expect(backoff(1000, 1)).toBeCloseTo(6000);
	});
});

describe('decodeFeed', () => {
	it('ignores what it does not know', () => {
		for (const text of ['', '{', 'null', '7', '[]', '{"type":"weather"}', '{"type":"frame"}', '{"type":"hello"}', '{"type":"sharing"}', new ArrayBuffer(2)])
			expect(decodeFeed(text), String(text)).toBeNull();
	});
	it('reads what it knows', () => {
		for (const message of [hello, frame, { type: 'stopping' }, { type: 'error', code: 'x', message: 'y' }])
			expect(decodeFeed(JSON.stringify(message))).toEqual(message);
	});
});
