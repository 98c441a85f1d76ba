import { expect, it } from 'vitest';
import { en } from './en';
import { firstOf } from './index.svelte';
import { zh } from './zh';

it("takes the first of the reader's languages that there are words for", () => {
	expect(firstOf(['fr-FR', 'zh-CN', 'en'])).toBe('zh');
	expect(firstOf(['en-GB', 'zh'])).toBe('en');
	expect(firstOf(['C'])).toBe('en');
	expect(firstOf([])).toBe('en');
});

it('has no word left empty, and uses every value it is given', () => {
	const check = (path: string, word: unknown): void => {
		if (typeof word === 'object' && word !== null) for (const [key, value] of Object.entries(word)) check(`${path}.${key}`, value);
		else if (typeof word === 'function') {
			const values = Array.from({ length: word.length }, (_, i) => `<${i}>`);
			const sentence: string = word(...values);
			for (const value of values) expect(sentence, path).toContain(value);
		} else expect(word, path).not.toBe('');
	};
	check('en', en);
	check('zh', zh);
});
