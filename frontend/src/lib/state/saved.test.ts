import { expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Saved } from '$lib/state/saved.svelte';

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

it('knows the saved queries once it has asked, and what became of them', async () => {
	const saved = new Saved(hub());
	expect(saved.queries).toBeNull();
	await saved.list();
	expect(saved.queries).toEqual([late]);
	expect(await saved.save(ticks.name, ticks.query)).toBe(true);
	expect(saved.queries).toEqual([ticks, late]);
	expect(await saved.save('late', 'late>2ms')).toBe(true);
	expect(saved.queries).toEqual([ticks, { name: 'late', query: 'late>2ms' }]);
	expect(await saved.remove('a tick')).toBe(true);
	expect(saved.queries).toEqual([{ name: 'late', query: 'late>2ms' }]);
});

it('keeps what it knows when the hub refuses, and says why', async () => {
	const no = new ApiError(429, 'limit_exceeded', 'there are 200', 'remove one');
	const saved = new Saved(hub({ saveQuery: async () => Promise.reject(no) }));
	await saved.list();
	expect(await saved.save('x', 'y')).toBe(false);
	expect([saved.refusal, saved.queries]).toEqual([no, [late]]);
	await saved.list();
	expect(saved.refusal).toBeNull();
});
