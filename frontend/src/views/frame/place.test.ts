import { expect, it } from 'vitest';
import type { FeedHello } from '$lib/wire';
import { place } from './place';

const opened = (http: string) => ({ inWindow: false, http, ws: '' });
const hello = (address: string, onLan: boolean): FeedHello => ({
	type: 'hello', version: '', started: '', address, on_lan: onLan, late_floor_us: 500, late_share: 0.05, points: [],
});

it('says what the hub says', () => {
	expect(place(hello('127.0.0.1:8092', false), opened('http://localhost:8092'))).toEqual({ onLan: false, address: '127.0.0.1:8092', port: '8092' });
	expect(place(hello('192.168.1.20:8092', true), opened('http://127.0.0.1:8092')).address).toBe('192.168.1.20:8092');
});

it('prefers the address that worked to one nobody can connect to', () => {
	for (const everywhere of ['0.0.0.0:8092', '[::]:8092', ':8092'])
		expect(place(hello(everywhere, true), opened('http://192.168.1.20:8092')).address, everywhere).toBe('192.168.1.20:8092');
});

it('names the port alone where nobody knows an address', () => {
	expect(place(hello('[::]:8092', true), opened('http://127.0.0.1:8092'))).toEqual({ onLan: true, address: '', port: '8092' });
});

it('guesses from its own address before the hub has greeted', () => {
	expect(place(null, opened('http://127.0.0.1:8092'))).toEqual({ onLan: false, address: '127.0.0.1:8092', port: '8092' });
	expect(place(null, opened('http://192.168.1.20:8092')).onLan).toBe(true);
});
