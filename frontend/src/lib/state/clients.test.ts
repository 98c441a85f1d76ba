import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { Rest } from '$lib/api/rest';
import { Clients, fillOf, queryOf } from '$lib/state/clients.svelte';
import type { Client, ClientList } from '$lib/wire';

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
const answer = (...list: Client[]): ClientList => ({ clients: list, total: list.length, found: list.length, behind: 0, losing: 0 });
const order = () => clients.rows.map((c) => c.client.id).join('');

it('lists what the hub tells, in its order, with its counts', () => {
	clients.take({ ...answer(client('b', { standing: 'losing', levels: btoa('\x01\xff') }), client('a')), total: 214, found: 40, losing: 1 }, 0);
	expect(order()).toBe('ba');
	expect(clients.list[0]).toMatchObject({ standing: 'losing', levels: new Uint8Array([1, 255]) });
	expect([clients.counts.total, clients.counts.losing, clients.more]).toEqual([214, 1, 38]);
});

it('tells a rate only when there are two answers', () => {
	clients.take(answer(client('a', { sent: 100 })), 0);
	expect(clients.list[0]?.perSecond).toBeNull();
	clients.take(answer(client('a', { sent: 300 })), 2000);
	expect(clients.list[0]?.perSecond).toBe(100);
});

it('leaves every row where it is while held, those of clients that left too', () => {
	clients.take(answer(client('a'), client('b'), client('c')), 0);
	clients.held = true;
	clients.take(answer(client('c'), client('b'), client('d')), 1000);
	expect(order()).toBe('abcd');
	expect(clients.list.map((c) => c.gone)).toEqual([true, false, false, false]);
	clients.held = false;
	expect(order()).toBe('bcd');
});

it('asks the hub for what is wanted, and goes on from there', async () => {
	const asked = vi.spyOn(rest, 'clients').mockResolvedValue(answer(client('a')));
	clients.search(' AAPL ');
	clients.arrange('address');
	const stop = clients.watch();
	await vi.waitFor(() => expect(clients.known).toBe(true));
	stop();
	expect(asked.mock.calls[0]?.[0]).toEqual({ find: 'AAPL', sort: 'address', limit: 300 });
	clients.listMore();
	clients.watch()();
	expect(asked.mock.calls[1]?.[0]).toMatchObject({ limit: 600 });
});

it('shows the open client above a list that does not have it, until it has left', async () => {
	vi.spyOn(rest, 'clients').mockResolvedValue(answer(client('a')));
	const one = vi.spyOn(rest, 'client').mockResolvedValue(client('z'));
	clients.show('z');
	let stop = clients.watch();
	await vi.waitFor(() => expect(order()).toBe('za'));
	stop();
	one.mockRejectedValue(new ApiError(404, 'not_found', 'there is no client "z"', ''));
	stop = clients.watch();
	await vi.waitFor(() => expect(clients.rows[0]?.gone).toBe(true));
	stop();
	clients.show(null);
	expect(order()).toBe('a');
});

it('steps through the rows and opens one at a time', () => {
	clients.take(answer(client('a'), client('b')), 0);
	clients.step(1);
	clients.step(1);
	expect(clients.opened).toBe('b');
	clients.step(1);
	expect(clients.opened).toBe('b');
	clients.step(-1);
	expect(clients.opened).toBe('a');
	clients.toggle('a');
	expect(clients.opened).toBeNull();
});

it('asks before it disconnects, and takes the client off the list', async () => {
	const ended = vi.spyOn(rest, 'disconnect').mockResolvedValue();
	clients.take(answer(client('a'), client('b')), 0);
	clients.askToDisconnect('a');
	expect([clients.opened, clients.asking, ended.mock.calls.length]).toEqual(['a', true, 0]);
	await clients.disconnect('a');
	expect([order(), clients.asking]).toEqual(['b', false]);
});

it('shows a changed policy at once', async () => {
	vi.spyOn(rest, 'setSlowPolicy').mockResolvedValue(client('a', { slow_policy: 'disconnect' }));
	clients.take(answer(client('a')), 0);
	await clients.setPolicy('a', 'disconnect');
	expect(clients.list[0]?.client.slow_policy).toBe('disconnect');
});

it('says why the hub did not do it, as long as the row is open', async () => {
	vi.spyOn(rest, 'disconnect').mockRejectedValue(new ApiError(403, 'forbidden', 'this needs the scope admin', 'use a key with that scope'));
	clients.take(answer(client('a'), client('b')), 0);
	clients.toggle('a');
	await clients.disconnect('a');
	expect(clients.refusal?.message).toBe('this needs the scope admin');
	expect(order()).toBe('ab');
	clients.toggle('b');
	expect(clients.refusal).toBeNull();
});

it('is as full as the fuller of its bounds', () => {
	expect(fillOf(client('a', { lag_frames: 2048, lag_bytes: 1 << 20 }))).toBe(0.5);
	expect(fillOf(client('a', { lag_frames: 1, lag_bytes: 9 << 20 }))).toBe(1);
});

it('asks for what a client gets: its namespaces, and of those for rooms only its own', () => {
	expect(queryOf(client('a'))).toBe('ns:/ws');
	expect(queryOf(client('a', { namespaces: ['/a', '/b'], rooms: ['AAPL', 'New York'] }))).toBe('ns:/a,/b (room:AAPL,"New York" OR -room:*)');
	expect(queryOf(client('a', { namespaces: [] }))).toBe('');
});
