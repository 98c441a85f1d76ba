import { expect, it } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest, Whole } from '$lib/api/rest';
import { Changes } from '$lib/state/changes.svelte';

const whole = (seq: number, n: number) => ({ message: { seq, namespace: '/ws', event: 'a b' }, payload: `{"n":${n}}` }) as unknown as Whole;

/** A hub that keeps one message, and what it was asked for. */
function made(kept: Whole | null) {
	const asks: unknown[] = [];
	const page = (...ask: unknown[]) => {
		asks.push(ask.slice(0, 4));
		return Promise.resolve({ messages: kept ? [kept] : [], before: null });
	};
	return { asks, changes: new Changes({ page } as unknown as Rest) };
}

it('compares with the message before it in its stream', async () => {
	const { asks, changes } = made(whole(3, 1));
	changes.watch(whole(7, 5));
	await expect.poll(() => changes.state.kind).toBe('ready');
	expect(asks).toEqual([['ns:/ws event:"a b"', '', 1, 7]]);
	expect(changes.state).toMatchObject({ since: 3, diff: { changes: [{ name: 'n', by: '+4' }] } });
});

it('compares with the pinned one, but not with itself', async () => {
	const { asks, changes } = made(null);
	changes.pin(whole(9, 8));
	changes.watch(whole(7, 5));
	await expect.poll(() => changes.state).toMatchObject({ since: 9 });
	expect(asks).toEqual([]);
	changes.watch(whole(9, 8));
	await expect.poll(() => changes.state.kind).toBe('first');
	changes.pin(whole(9, 8));
	expect(changes.pinned).toBe(null);
});

it('shows nothing while it is off, when the hub does not answer, or when another message is looked at by then', async () => {
	const { asks, changes } = made(whole(3, 1));
	changes.toggle();
	changes.watch(whole(7, 5));
	expect(asks).toEqual([]);
	changes.toggle();
	changes.watch(whole(7, 5))();
	await Promise.resolve();
	expect(changes.state.kind).toBe('none');
	const away = new Changes({ page: () => Promise.reject(new ApiError(0, 'unreachable', '', '')) } as unknown as Rest);
	away.watch(whole(7, 5));
	await Promise.resolve();
	expect(away.state.kind).toBe('none');
});
