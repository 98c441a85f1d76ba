import { expect, it } from 'vitest';
import { findHost } from '$lib/host/host';

const at = (url: string) => new URL(url) as unknown as Location;

it('finds the hub where the page came from, in a browser', async () => {
	expect(await findHost(at('https://hub.lan:8443/'), undefined)).toEqual({
		inWindow: false,
		http: 'https://hub.lan:8443',
		ws: 'wss://hub.lan:8443',
	});
});

it('asks the process behind the window', async () => {
	for (const url of ['wails://wails/', 'http://wails.localhost/']) {
		const bound = { app: { Window: { HubURL: () => Promise.resolve('http://127.0.0.1:9000/') } } };
		expect(await findHost(at(url), bound), url).toEqual({ inWindow: true, http: 'http://127.0.0.1:9000', ws: 'ws://127.0.0.1:9000' });
	}
});

it('takes the usual port when the window says nothing', async () => {
	expect((await findHost(at('wails://wails/'), undefined)).http).toBe('http://127.0.0.1:8092');
});
