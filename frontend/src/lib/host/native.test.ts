import { afterEach, expect, it, vi } from 'vitest';
import { type Act, returnToScreen, viewOf, watchActs } from '$lib/host/native';

const act = (name: string): Act => ({ name, text: '', code: '', hint: '', recordings: 0, clients: 0 });
afterEach(() => vi.unstubAllGlobals());

it('takes what waited, and then what happens', async () => {
	let send: (a: Act) => void = () => {};
	const stop = vi.fn();
	const EventsOn = vi.fn((_name: string, heard: (a: Act) => void) => ((send = heard), stop));
	vi.stubGlobal('window', { go: { app: { Window: { Listen: () => Promise.resolve([act('recording')]) } } }, runtime: { EventsOn } });
	const got: string[] = [];
	const end = watchActs((a) => got.push(a.name));
	await vi.waitFor(() => expect(got).toEqual(['recording']));
	send(act('help'));
	expect(got).toEqual(['recording', 'help']);
	end();
	expect(stop).toHaveBeenCalledOnce();
});

it('hears nothing in a browser', () => {
	vi.stubGlobal('window', {});
	watchActs(() => expect.unreachable())();
});

it('shows the screen that the window showed last, unless the address says another', () => {
	vi.stubGlobal('localStorage', { getItem: (key: string) => (key === 'emitscope.screen' ? 'tape' : null) });
	const replaceState = vi.fn();
	const at = (hash: string) => ({ hash }) as unknown as Location;
	const pages = { replaceState } as unknown as History;
	vi.stubGlobal('window', {});
	returnToScreen(at(''), pages);
	expect(replaceState).not.toHaveBeenCalled();
	vi.stubGlobal('window', { go: { app: { Window: {} } } });
	returnToScreen(at('#live'), pages);
	expect(replaceState).not.toHaveBeenCalled();
	returnToScreen(at(''), pages);
	expect(replaceState).toHaveBeenCalledWith(null, '', '#tape');
});

it('names what draws the page', () => {
	expect(viewOf('Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.70')).toBe('Edge 131.0.2903.70');
	expect(viewOf('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0')).toBe('Firefox 128.0');
	expect(viewOf('Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko)')).toBe('WebKit 605.1.15');
	expect(viewOf('something else')).toBe('something else');
});
