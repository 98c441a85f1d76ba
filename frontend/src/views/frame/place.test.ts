import { expect, it } from 'vitest';
import type { Shared } from '$lib/wire';
import { place } from './place';

const opened = (http: string) => ({ inWindow: false, http, ws: '' });
const shared = (address: string, on: boolean, openView = false): Shared => ({ on, open_view: openView, address });

it('says what the hub says', () => {
	expect(place(shared('127.0.0.1:8092', false), opened('http://localhost:8092'))).toEqual({ onLan: false, open: false, address: '127.0.0.1:8092', port: '8092' });
	expect(place(shared('192.168.1.20:8092', true), opened('http://127.0.0.1:8092')).address).toBe('192.168.1.20:8092');
});

it('prefers the address that worked to one nobody can connect to', () => {
	for (const everywhere of ['0.0.0.0:8092', '[::]:8092', ':8092'])
		expect(place(shared(everywhere, true), opened('http://192.168.1.20:8092')).address, everywhere).toBe('192.168.1.20:8092');
});

it('names the port alone where nobody knows an address', () => {
	expect(place(shared('[::]:8092', true), opened('http://127.0.0.1:8092'))).toEqual({ onLan: true, open: false, address: '', port: '8092' });
});

it('guesses from its own address before the hub has greeted', () => {
	expect(place(null, opened('http://127.0.0.1:8092'))).toEqual({ onLan: false, open: false, address: '127.0.0.1:8092', port: '8092' });
	expect(place(null, opened('http://192.168.1.20:8092')).onLan).toBe(true);
});

it('says that it is open to everybody only while it is shared', () => {
	expect(place(shared('192.168.1.20:8092', true, true), opened('http://127.0.0.1:8092')).open).toBe(true);
	expect(place(shared('127.0.0.1:8092', false, true), opened('http://127.0.0.1:8092')).open).toBe(false);
});
