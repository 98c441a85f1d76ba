import { afterEach, expect, it, vi } from 'vitest';
import { findHost, isRefusal } from '$lib/host/host';

const at = (url: string) => new URL(url) as unknown as Location;
const started = { url: '', code: '', what: '', hint: '', port: 0, next_port: 0 };

/** Puts the page into a window whose process answers Start so. */
function inWindow(answer: Partial<typeof started>) {
	const Start = vi.fn((_port: number) => Promise.resolve({ ...started, ...answer }));
	vi.stubGlobal('window', { go: { app: { Window: { Start } } }, runtime: {} });
	return Start;
}
afterEach(() => vi.unstubAllGlobals());

it('finds the hub where the page came from, in a browser', async () => {
	vi.stubGlobal('window', {});
	expect(await findHost(at('https://hub.lan:8443/'))).toEqual({ inWindow: false, http: 'https://hub.lan:8443', ws: 'wss://hub.lan:8443' });
});

it('has the process behind the window start the hub', async () => {
	const Start = inWindow({ url: 'http://127.0.0.1:9000/' });
	expect(await findHost(at('wails://wails/'), 9000)).toEqual({ inWindow: true, http: 'http://127.0.0.1:9000', ws: 'ws://127.0.0.1:9000' });
	expect(Start).toHaveBeenCalledWith(9000);
});

it('says why the hub could not be started', async () => {
	inWindow({ code: 'port_taken', what: 'port 8092 is taken by nc', hint: 'end it', port: 8092, next_port: 8094 });
	const found = await findHost(at('wails://wails/'));
	expect(isRefusal(found)).toBe(true);
	expect(found).toEqual({ code: 'port_taken', what: 'port 8092 is taken by nc', hint: 'end it', port: 8092, nextPort: 8094 });
});
