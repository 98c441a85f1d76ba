import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { en } from './en';

const source = fileURLToPath(new URL('..', import.meta.url));

/** Everything that could use a word, file by file: what is written in it, what of that after a dot, and what before a bracket. */
const files = readdirSync(source, { recursive: true })
	.map(String)
	.filter((name) => /\.(svelte|ts)$/.test(name) && !name.endsWith('.test.ts') && !/^messages[/\\](en|zh)[/\\]/.test(name))
	.map((name) => readFileSync(source + name, 'utf8'))
	.map((code) => ({ written: all(code, /(\w+)/g), named: all(code, /[.?](\w+)/g), indexed: all(code, /\.(\w+)(?: as [^)]*\))?(?:\?\.)?\[/g) }));

function all(code: string, pattern: RegExp): ReadonlySet<string> {
	return new Set([...code.matchAll(pattern)].map(([, name = '']) => name));
}

/** Groups whose words are asked for by a value: a reason, a key of the table, a system, a kind of fault. */
const byValue = ['reason', 'does', 'reached', 'kinds'];

/**
 * What nobody asks for, as far as names tell: a word is asked for where its name
 * and that of its screen are in one file. None that is in use is missed.
 */
function unused(words: object, path: readonly string[] = []): string[] {
	return Object.entries(words).flatMap(([name, word]) => {
		const here = [...path, name];
		if (typeof word === 'object' && word !== null && !Array.isArray(word)) return unused(word, here);
		const [screen = '', group = ''] = [path[0], path.at(-1)];
		const isAsked = files.some(({ written, named, indexed }) => written.has(screen || name) && (named.has(name) || indexed.has(group)));
		return isAsked || path.some((one) => byValue.includes(one)) ? [] : [here.join('.')];
	});
}

it('has no word that nobody uses', () => {
	expect(unused(en)).toEqual([]);
});
