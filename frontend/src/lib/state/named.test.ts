import { expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { savedQueries, withIn } from '$lib/state/named.svelte';

const late = { name: 'late', query: 'late>1ms' };
const ticks = { name: 'a tick', query: 'event:tick' };

function hub(change: Partial<Rest> = {}): Rest {
	return {
		queries: vi.fn(async () => [late]),
		saveQuery: vi.fn(async (name: string, query: string) => ({ name, query })),
		removeQuery: vi.fn(async () => {}),
		...change,
	} as unknown as Rest;
}

it('knows what is saved once it has asked, and what became of it', async () => {
	const saved = savedQueries(hub());
	expect(saved.all).toBeNull();
	await saved.list();
	expect(saved.all).toEqual([late]);
	expect(await saved.save(ticks.name, ticks.query)).toBe(true);
	expect(saved.all).toEqual([ticks, late]);
	expect(await saved.save('late', 'late>2ms')).toBe(true);
	expect(saved.all).toEqual([ticks, { name: 'late', query: 'late>2ms' }]);
	expect(await saved.remove('a tick')).toBe(true);
	expect(saved.all).toEqual([{ name: 'late', query: 'late>2ms' }]);
});

it('keeps what it knows when the hub refuses, and says why', async () => {
	const no = new ApiError(429, 'limit_exceeded', 'there are 200', 'remove one');
	const saved = savedQueries(hub({ saveQuery: async () => Promise.reject(no) }));
	await saved.list();
	expect(await saved.save('x', 'y')).toBe(false);
	expect([saved.refusal, saved.all]).toEqual([no, [late]]);
	await saved.list();
	expect(saved.refusal).toBeNull();
});

it('puts one in the place of the one that has its name, by name', () => {
	const all = [{ name: 'B', n: 1 }, { name: 'a', n: 2 }];
	expect(withIn(all, { name: 'B', n: 3 })).toEqual([{ name: 'B', n: 3 }, { name: 'a', n: 2 }]);
	expect(withIn(all, { name: 'C', n: 4 }).map((one) => one.name)).toEqual(['B', 'C', 'a']);
	expect(withIn(null, { name: 'x' })).toEqual([{ name: 'x' }]);
});
