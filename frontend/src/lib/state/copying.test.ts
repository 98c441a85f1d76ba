import { expect, it } from 'vitest';
import type { Whole } from '$lib/api/rest';
import { Copying } from '$lib/state/copying.svelte';

const whole = { message: { seq: 1, namespace: '/ws', event: 'a' }, payload: '{"n":12345678901234567890}' } as unknown as Whole;

it('copies the payload as the hub has it, or a program that sends it again, as was chosen last', async () => {
	const texts: string[] = [];
	const copying = new Copying(async (text) => void texts.push(text));
	await copying.copy(whole, 'http://hub', '');
	copying.choose('Python');
	await copying.copy(whole, 'http://hub', '');
	await copying.copy(whole, 'http://hub', 'SECRET');
	expect(texts[0]).toBe('{"n":12345678901234567890}');
	expect(texts[1]).toMatch(/^import urllib[\s\S]*12345678901234567890/);
	expect(texts[1]).not.toContain('Bearer');
	expect(texts[2]).toContain('Bearer SECRET');
	expect(copying.said).toBe('copied');
});

it('says that the browser does not let it', async () => {
	const copying = new Copying(() => Promise.reject(new Error('no')));
	await copying.copy(whole, 'http://hub', '');
	expect(copying.said).toBe('failed');
});
