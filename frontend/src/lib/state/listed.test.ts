import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError, Http } from '$lib/api/http';
import type { Whole } from '$lib/api/rest';
import { TapeApi } from '$lib/api/tape';
import { Listed } from '$lib/state/listed.svelte';
import type { Message } from '$lib/wire';

const whole = (seq: number): Whole => ({ message: { seq } as Message, payload: '1' });
const api = new TapeApi(new Http('http://hub'));
let listed: Listed;
beforeEach(() => {
	vi.restoreAllMocks();
	listed = new Listed(api);
});

it('goes on through pages that have nothing', async () => {
	vi.spyOn(api, 'messages')
		.mockResolvedValueOnce({ messages: [], before: 900 })
		.mockResolvedValueOnce({ messages: [whole(7)], before: 7 })
		.mockResolvedValueOnce({ messages: [whole(3)], before: null });
	await listed.list('r', 'event:tick');
	expect([listed.rows.length, listed.more]).toEqual([1, true]);
	await listed.older();
	expect(listed.rows.map((r) => r.message.seq)).toEqual([7, 3]);
	expect([listed.more, listed.known]).toEqual([false, true]);
	expect(api.messages).toHaveBeenLastCalledWith('r', 'event:tick', 7, 200, expect.anything());
});

it('selects the next, and the one before', async () => {
	vi.spyOn(api, 'messages').mockResolvedValue({ messages: [whole(2), whole(1)], before: null });
	await listed.list('r', '');
	expect([listed.step(1), listed.step(1), listed.step(1), listed.step(-1)]).toEqual([0, 1, -1, 0]);
	expect(listed.selected?.message.seq).toBe(2);
});

it('says why it was refused, and asks no more', async () => {
	vi.spyOn(api, 'messages').mockRejectedValue(new ApiError(400, 'invalid_query', 'the query is wrong', ''));
	await listed.list('r', 'wrong:');
	expect([listed.refusal?.code, listed.more]).toEqual(['invalid_query', false]);
});
