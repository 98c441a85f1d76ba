import { beforeEach, expect, it } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { noCookie, Session } from '$lib/state/session.svelte';
import type { Session as Answer } from '$lib/wire';

/** A hub that knows keys, as a browser on another machine sees it. */
class FakeRest {
	key = '';
	cookie = '';
	keepsCookies = true;
	local = false;
	asked: string[] = [];
	keys: Record<string, string> = { VIEW: 'view', FEEDER: 'view publish', ALL: 'view publish admin' };

	session(): Promise<Answer> {
		if (this.key && !(this.key in this.keys)) return Promise.reject(unknown);
		const name = this.key || (this.cookie in this.keys ? this.cookie : '');
		const scopes = this.local ? 'view publish admin' : this.key ? this.keys[this.key] : name && 'view';
		return Promise.resolve({ scopes: scopes ?? '', local: this.local, ...(name ? { key: name } : {}) });
	}
	enter(key: string): Promise<Answer> {
		this.asked.push(key);
		const scopes = this.keys[key];
		if (!scopes) return Promise.reject(unknown);
		if (this.keepsCookies) this.cookie = key;
		return Promise.resolve({ scopes: this.local ? 'view publish admin' : scopes, local: this.local, key });
	}
	leave(): Promise<void> {
		this.cookie = '';
		return Promise.resolve();
	}
}
const unknown = new ApiError(401, 'unknown_key', 'the key is unknown', 'it may have been revoked');

let rest: FakeRest;
let session: Session;
beforeEach(() => {
	rest = new FakeRest();
	session = new Session(rest as unknown as Rest);
});

it('may do everything until the hub has said what', async () => {
	expect(session.may('admin')).toBe(true);
	await session.begin('');
	expect(session.may('view')).toBe(false);
});

it('swaps a key that may view for the cookie, and keeps nothing of it', async () => {
	expect(await session.enter('VIEW')).toBe(true);
	expect(rest.cookie).toBe('VIEW');
	expect(rest.key).toBe('');
	expect([session.may('view'), session.may('publish'), session.key, session.local]).toEqual([true, false, 'VIEW', false]);
});

it('keeps a key that allows more for its own requests', async () => {
	await session.enter('FEEDER');
	expect(rest.key).toBe('FEEDER');
	expect([session.may('publish'), session.may('admin')]).toEqual([true, false]);
});

it('keeps no key where none is needed', async () => {
	rest.local = true;
	await session.enter('VIEW');
	expect(rest.key).toBe('');
	expect(session.may('admin')).toBe(true);
});

it('takes a whole link for the key in it', async () => {
	await session.enter(' http://192.168.1.20:8092/#k=VIEW ');
	expect(rest.asked).toEqual(['VIEW']);
});

it('says why a key is of no use, until another one is', async () => {
	expect(await session.enter('GUESS')).toBe(false);
	expect(session.refusal).toBe(unknown);
	await session.enter('VIEW');
	expect(session.refusal).toBeNull();
});

it('asks nobody about an empty key', async () => {
	expect(await session.enter('  ')).toBe(false);
	expect(rest.asked).toEqual([]);
	expect(session.refusal).toBeNull();
});

it('says that the browser keeps no cookie', async () => {
	rest.keepsCookies = false;
	expect(await session.enter('VIEW')).toBe(false);
	expect(session.refusal?.code).toBe(noCookie);
});

it('gives everything back', async () => {
	await session.enter('ALL');
	expect(await session.forget()).toBe(true);
	expect([rest.cookie, rest.key]).toEqual(['', '']);
});

it('does not show a revoked key again and again', async () => {
	await session.enter('ALL');
	delete rest.keys.ALL;
	await session.begin('view');
	expect(rest.key).toBe('');
	expect([session.may('view'), session.may('admin')]).toEqual([true, false]);
});
