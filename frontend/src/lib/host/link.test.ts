import { expect, it, vi } from 'vitest';
import { keyIn, takeKey, withHash } from '$lib/host/link';

const at = (url: string) => new URL(url) as unknown as Location;

it('takes the key out of the address and puts nothing in its place', () => {
	const replaceState = vi.fn();
	expect(takeKey(at('http://hub.lan:8092/?a=1#k=SECRET'), { replaceState } as unknown as History)).toBe('SECRET');
	expect(replaceState.mock.calls).toEqual([[null, '', '/?a=1']]);
});

it('puts back the screen that was shown', () => {
	const replaceState = vi.fn();
	takeKey(at('http://hub.lan:8092/#k=SECRET'), { replaceState } as unknown as History, '#timing');
	expect(replaceState).toHaveBeenCalledWith(null, '', '/#timing');
});

it('leaves of a link what it shows besides', () => {
	const replaceState = vi.fn();
	const link = withHash('http://hub.lan:8092/#k=SECRET', '#timing?lane=/ws&span=10m');
	expect(takeKey(at(link), { replaceState } as unknown as History, '#clients')).toBe('SECRET');
	expect(replaceState).toHaveBeenCalledWith(null, '', '/#timing?lane=/ws&span=10m');
	expect(withHash('http://hub.lan:8092/', '#live')).toBe('http://hub.lan:8092/#live');
});

it('leaves an address without a key alone', () => {
	const replaceState = vi.fn();
	for (const url of ['http://hub/', 'http://hub/#timing', 'http://hub/#k=', 'http://hub/?k=SECRET'])
		expect(takeKey(at(url), { replaceState } as unknown as History), url).toBeNull();
	expect(replaceState).not.toHaveBeenCalled();
});

it('finds the key in a whole link, and undoes what a browser made of it', () => {
	expect(keyIn('http://192.168.1.20:8092/#k=a%2Bb')).toBe('a+b');
	expect(keyIn('#k=100%')).toBe('100%');
	expect(keyIn('SECRET')).toBeNull();
});
