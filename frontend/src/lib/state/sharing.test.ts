import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { Rest } from '$lib/api/rest';
import { Sharing } from '$lib/state/sharing.svelte';
import type { Key, Sharing as Told } from '$lib/wire';

const told = (more: Partial<Told> = {}): Told => ({
	on: true, fixed: false, open_view: false, port: 8092, tls: false, others: [], system: 'linux',
	addresses: [
		{ host: '192.168.1.20', url: 'http://192.168.1.20:8092', kind: 'wifi' },
		{ host: 'studio.local', url: 'http://studio.local:8092', kind: 'name' },
	],
	...more,
});
const key = (name: string, more: Partial<Key> = {}): Key => ({ name, scopes: 'publish', created: '2026-01-01T00:00:00Z', messages: 0, ...more });
const link = key('View link', { scopes: 'view', link: true });
const refusal = new ApiError(409, 'conflict', 'there is a key named "a" already', 'choose another name');

/** A hub that answers at once. */
const rest = new Rest('http://hub');
let sharing: Sharing;
let stop: () => void;
beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(rest, 'sharing').mockResolvedValue(told());
	vi.spyOn(rest, 'keys').mockResolvedValue([link]);
	vi.spyOn(rest, 'viewLink').mockResolvedValue('es_one');
	sharing = new Sharing(rest);
	stop = () => {};
});
afterEach(() => {
	stop();
	vi.useRealTimers();
	vi.restoreAllMocks();
});

/** Looks, and has the first answer. */
async function look(): Promise<void> {
	stop = sharing.watch();
	await answered();
}
const answered = () => vi.advanceTimersByTimeAsync(0);
const nextAnswer = () => vi.advanceTimersByTimeAsync(2000);

it('has the view link of the best address', async () => {
	await look();
	expect(sharing.url).toBe('http://192.168.1.20:8092/#k=es_one');
});

it('has the view link of the address that was chosen, for as long as there is one', async () => {
	await look();
	sharing.choose('studio.local');
	expect(sharing.url).toBe('http://studio.local:8092/#k=es_one');
	vi.mocked(rest.sharing).mockResolvedValue(told({ addresses: told().addresses.slice(0, 1) }));
	await nextAnswer();
	expect(sharing.address?.host).toBe('192.168.1.20');
});

it('asks for no link, which would make a key, before the hub is shared', async () => {
	vi.mocked(rest.sharing).mockResolvedValue(told({ on: false }));
	await look();
	expect(rest.viewLink).not.toHaveBeenCalled();
	vi.spyOn(rest, 'share').mockResolvedValue(told());
	await sharing.share(true);
	expect(sharing.url).toContain('es_one');
});

it('has no link while the hub is not shared', async () => {
	await look();
	vi.spyOn(rest, 'share').mockResolvedValue(told({ on: false }));
	await sharing.share(false);
	expect(sharing.url).toBeNull();
});

it('lists the key of a link as soon as there is one', async () => {
	vi.mocked(rest.keys).mockResolvedValueOnce([]);
	await look();
	expect(sharing.keys).toEqual([link]);
});

it('asks for another link when somebody else has revoked it, and when they had a new one made', async () => {
	await look();
	await nextAnswer();
	vi.mocked(rest.viewLink).mockResolvedValue('es_two');
	vi.mocked(rest.keys).mockResolvedValue([]);
	await nextAnswer();
	expect(sharing.url).toContain('es_two');
	vi.mocked(rest.keys).mockResolvedValue([link]);
	await nextAnswer();
	vi.mocked(rest.viewLink).mockResolvedValue('es_three');
	vi.mocked(rest.keys).mockResolvedValue([{ ...link, created: '2026-01-01T00:00:09Z' }]);
	await nextAnswer();
	expect(sharing.url).toContain('es_three');
});

it('has another link when its key was revoked', async () => {
	await look();
	vi.spyOn(rest, 'revokeKey').mockResolvedValue();
	vi.mocked(rest.viewLink).mockResolvedValue('es_two');
	expect(await sharing.revoke('View link')).toBe(true);
	expect(sharing.url).toContain('es_two');
});

it('knows a new secret until nobody looks any more', async () => {
	await look();
	vi.spyOn(rest, 'makeKey').mockResolvedValue({ key: key('a'), secret: 'es_a' });
	expect(await sharing.make({ name: 'a', scopes: 'publish' })).toBe(true);
	expect(sharing.made?.secret).toBe('es_a');
	expect(sharing.keys?.map((k) => k.name)).toEqual(['View link', 'a']);
	stop();
	expect(sharing.made).toBeNull();
	expect(sharing.url).toBeNull();
});

it('keeps no secret that comes when nobody looks any more', async () => {
	await look();
	let say = (_: { key: Key; secret: string }) => {};
	vi.spyOn(rest, 'makeKey').mockReturnValue(new Promise((resolve) => (say = resolve)));
	const making = sharing.make({ name: 'a', scopes: 'publish' });
	stop();
	say({ key: key('a'), secret: 'es_a' });
	await making;
	expect(sharing.made).toBeNull();
});

it('takes a revoked key off the list, with its secret', async () => {
	await look();
	vi.spyOn(rest, 'makeKey').mockResolvedValue({ key: key('a'), secret: 'es_a' });
	vi.spyOn(rest, 'revokeKey').mockResolvedValue();
	await sharing.make({ name: 'a', scopes: 'publish' });
	await sharing.revoke('a');
	expect(sharing.keys).toEqual([link]);
	expect(sharing.made).toBeNull();
	expect(sharing.url).toContain('es_one');
});

it('says why the hub did not do something until it does', async () => {
	await look();
	vi.spyOn(rest, 'makeKey').mockRejectedValueOnce(refusal).mockResolvedValue({ key: key('b'), secret: 'es_b' });
	expect(await sharing.make({ name: 'a', scopes: 'publish' })).toBe(false);
	await nextAnswer();
	expect(sharing.refused.make).toBe(refusal);
	await sharing.make({ name: 'b', scopes: 'publish' });
	expect(sharing.refused.make).toBeUndefined();
});

it('is not set back by an answer that was on its way when something was changed', async () => {
	await look();
	let say = (_: Told) => {};
	vi.mocked(rest.sharing).mockReturnValueOnce(new Promise((resolve) => (say = resolve)));
	await nextAnswer();
	vi.spyOn(rest, 'share').mockResolvedValue(told({ on: false }));
	await sharing.share(false);
	say(told({ on: true }));
	await answered();
	expect(sharing.told?.on).toBe(false);
});

it('keeps what it knows while the hub does not answer, and says so', async () => {
	await look();
	const silence = new ApiError(0, 'unreachable', '', '');
	vi.mocked(rest.sharing).mockRejectedValueOnce(silence);
	await nextAnswer();
	expect(sharing.trouble).toBe(silence);
	expect(sharing.told?.on).toBe(true);
	await nextAnswer();
	expect(sharing.trouble).toBeNull();
});
