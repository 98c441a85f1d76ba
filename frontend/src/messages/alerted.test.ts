import { expect, it } from 'vitest';
import { en } from './en';
import { amount } from '$lib/alerted';

it('tells one client as one, and more as more', () => {
	expect(amount(en, 'lagging', 1)).toBe('1 client');
	expect(amount(en, 'lagging', 2)).toBe('2 clients');
	expect(amount(en, 'drops', 1)).toBe('1 message');
	expect(amount(en, 'silence', 1)).toBe('1 s');
});
