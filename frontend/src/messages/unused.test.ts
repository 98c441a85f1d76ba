import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { en } from './en';

const source = fileURLToPath(new URL('..', import.meta.url));

/** Everything that could use a word. */
const code = readdirSync(source, { recursive: true })
	.map(String)
	.filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts') && !/^messages[/\\](en|zh)[/\\]/.test(name))
	.map((name) => readFileSync(source + name, 'utf8'))
	.join('\n');

/** Every name that is asked for of something. */
const named = new Set([...code.matchAll(/[.?](\w+)/g)].map(([, name]) => name));

/** Groups whose words are asked for by a value: a reason, a key of the table, a system. */
const byValue = ['reason', 'does', 'reached'];
/** Whether a word is asked for by its name, or its group by a value. */
const isNamed = (name: string) => named.has(name);
const isIndexed = (group: string) => new RegExp(`\\.${group}( as [^)]*\\))?(\\?\\.)?\\[`).test(code);

/** What nobody asks for, as far as names tell: a word of a common name may pass, but none in use is missed. */
function unused(words: object, path: readonly string[] = []): string[] {
	return Object.entries(words).flatMap(([name, word]) => {
		const here = [...path, name];
		if (typeof word === 'object' && word !== null && !Array.isArray(word)) return unused(word, here);
		const isByValue = byValue.some((group) => path.includes(group)) || path.slice(-1).some(isIndexed);
		return isNamed(name) || isByValue ? [] : [here.join('.')];
	});
}

it('has no word that nobody uses', () => {
	expect(unused(en)).toEqual([]);
});
