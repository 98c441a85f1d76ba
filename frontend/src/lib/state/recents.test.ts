import { expect, it } from 'vitest';
import { Recents } from '$lib/state/recents.svelte';

it('has the newest query first, each once, and only the last eight', () => {
	const recents = new Recents();
	for (const text of ['a', 'b', 'a', '', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) recents.add(text);
	expect(recents.texts).toEqual(['i', 'h', 'g', 'f', 'e', 'd', 'c', 'a']);
});
