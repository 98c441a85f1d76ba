import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError, Rest } from '$lib/api/rest';
import { Clients } from '$lib/state/clients.svelte';
import type { Client } from '$lib/wire';

const rest = new Rest('http://hub');
let clients: Clients;
beforeEach(() => {
	clients = new Clients(rest);
});
afterEach(() => vi.restoreAllMocks());

const client = (id: string, more: Partial<Client> = {}): Client => ({
	id, door: 'websocket', transport: 'websocket', address: `10.0.0.${id}:5000`, namespaces: ['/ws'], rooms: [],
	since: '2026-01-01T00:00:00Z', sent: 0, missed: 0, lag_frames: 0, max_frames: 4096, lag_bytes: 0, max_bytes: 8388608, lag_ms: 0,
	slow_policy: 'drop-oldest', standing: 'keeping', levels: '', ...more,
});
const order = () => clients.list.map((c) => c.client.id).join('');

it('lists the worst first: who loses, then who waits longest, then who missed most', () => {
	clients.take([client('a'), client('b', { lag_ms: 300 }), client('c', { missed: 9 }), client('d', { lag_ms: 900 }), client('e')], 0);
	expect(order()).toBe('dbcae');
	clients.take([client('a'), client('b', { lag_ms: 300 }), client('c', { missed: 9 }), client('d', { lag_ms: 900 }), client('e', { missed: 1 })], 1000);
	expect(order()).toBe('edbca');
	expect(clients.counts).toEqual({ all: 5, behind: 2, losing: 1 });
});

it('keeps the order of those that keep up, whatever waits for a moment', () => {
	clients.take([client('a', { lag_ms: 1 }), client('b', { lag_ms: 2 })], 0);
	expect(order()).toBe('ab');
});

it('forgives a client that missed nothing for ten seconds', () => {
	clients.take([client('a')], 0);
	clients.take([client('a', { missed: 1 })], 1000);
	clients.take([client('a', { missed: 1 })], 10_900);
	expect(clients.list[0]).toMatchObject({ standing: 'losing', missedAgoMs: 9900 });
	clients.take([client('a', { missed: 1 })], 11_000);
	expect(clients.list[0]?.standing).toBe('keeps');
});

it('tells a rate only when there are two answers', () => {
	clients.take([client('a', { sent: 100 })], 0);
	expect(clients.list[0]?.perSecond).toBeNull();
	clients.take([client('a', { sent: 300 })], 2000);
	expect(clients.list[0]?.perSecond).toBe(100);
});

it('leaves every row where it is while held, those of clients that left too', () => {
	clients.take([client('a'), client('b'), client('c')], 0);
	clients.held = true;
	clients.take([client('b'), client('d'), client('c', { lag_ms: 999 })], 1000);
	expect(order()).toBe('abcd');
	expect(clients.list.map((c) => c.gone)).toEqual([true, false, false, false]);
	expect(clients.counts.all).toBe(3);
	clients.held = false;
	expect(order()).toBe('cbd');
});

it('finds clients by address, door, namespace and room', () => {
	clients.take([client('a', { rooms: ['AAPL'] }), client('b', { door: 'rest', transport: 'sse' }), client('c', { namespaces: ['/sensors'] })], 0);
	const found = (find: string) => {
		clients.find = find;
		return clients.shown.map((c) => c.client.id).join('');
	};
	expect(['aapl', 'SSE', 'sens', '10.0.0.', ' ', 'nobody'].map(found)).toEqual(['a', 'b', 'c', 'abc', 'abc', '']);
});

it('steps through the rows and opens one at a time', () => {
	clients.take([client('a'), client('b')], 0);
	clients.step(1);
	clients.step(1);
	expect(clients.open).toBe('b');
	clients.step(1);
	expect(clients.open).toBe('b');
	clients.step(-1);
	expect(clients.open).toBe('a');
	clients.toggle('a');
	expect(clients.open).toBeNull();
});

it('takes a client off the list when the hub has disconnected it', async () => {
	vi.spyOn(rest, 'disconnect').mockResolvedValue();
	clients.take([client('a'), client('b')], 0);
	await clients.disconnect('a');
	expect(order()).toBe('b');
});

it('says why the hub did not disconnect a client, as long as its row is open', async () => {
	vi.spyOn(rest, 'disconnect').mockRejectedValue(new ApiError(403, 'forbidden', 'this needs the scope admin', 'use a key with that scope'));
	clients.take([client('a'), client('b')], 0);
	clients.toggle('a');
	await clients.disconnect('a');
	expect(clients.refusal?.message).toBe('this needs the scope admin');
	expect(order()).toBe('ab');
	clients.toggle('b');
	expect(clients.refusal).toBeNull();
});
