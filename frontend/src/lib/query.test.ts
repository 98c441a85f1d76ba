import { describe, expect, it } from 'vitest';
import { isWhole, placeIn, quoted, replaced, streamQuery, termsOf, without, withTerm } from '$lib/query';

const texts = (query: string) => termsOf(query).map((t) => t.text);

describe('the terms of a query', () => {
	it('are divided by white space', () => {
		expect(texts('  ns:/a \t event:x ')).toEqual(['ns:/a', 'event:x']);
		expect(texts('   ')).toEqual([]);
	});

	it('keep quotes and parentheses whole', () => {
		expect(texts('event:"a b" (ns:/a  "x ) y") -(ns:/b event:z)')).toEqual(['event:"a b"', '(ns:/a  "x ) y")', '-(ns:/b event:z)']);
		expect(texts('"say \\"so it is\\"" x')).toEqual(['"say \\"so it is\\""', 'x']);
	});

	it('take alternatives, and what is denied, for one', () => {
		expect(texts('a OR b OR (c d) e NOT f')).toEqual(['a OR b OR (c d)', 'e', 'NOT f']);
		expect(texts('NOT a OR b')).toEqual(['NOT a OR b']);
	});

	it('say where they stand', () => {
		const text = ' ns:/a  event:"ü 😀"  b';
		expect(termsOf(text).map((t) => text.slice(t.from, t.to))).toEqual(texts(text));
	});

	it('may be unfinished', () => {
		expect(texts('a "b c')).toEqual(['a', '"b c']);
		expect(texts('a (b c')).toEqual(['a', '(b c']);
		expect(texts('OR a')).toEqual(['OR a']);
		expect(texts('a) b \\')).toEqual(['a)', 'b', '\\']);
	});
});

it('knows whether a term is still being written', () => {
	expect(['a', 'a b', '"a b"', '(a b)', ''].map(isWhole)).toEqual([true, true, true, true, true]);
	expect(['"a', '(a', 'a OR', 'NOT', '-(a "b)'].map(isWhole)).toEqual([false, false, false, false, false]);
});

it('takes a term out, and puts one in once', () => {
	const query = 'ns:/a  event:x  y';
	const [, event] = termsOf(query);
	expect(event && without(query, event)).toBe('ns:/a y');
	expect(withTerm('ns:/a', ' event:x ')).toBe('ns:/a event:x');
	expect(withTerm('ns:/a event:x', 'event:x')).toBe('ns:/a event:x');
	expect(withTerm('', 'event:x')).toBe('event:x');
});

it('writes names in quotes where white space or a sign of the language is in them', () => {
	expect(streamQuery({ namespace: '/ws/rt_market', event: 'tick' })).toBe('ns:/ws/rt_market event:tick');
	expect(['two words', 'a"b', 'a*', '(x)', '', 'ü', ':x', 'a:x'].map(quoted)).toEqual(['"two words"', '"a\\"b"', '"a*"', '"(x)"', '""', '"ü"', '":x"', 'a:x']);
});

it('finds a place that the hub counts in characters', () => {
	const text = '"😀" sice:3';
	expect(text.slice(...placeIn(text, 4, 4))).toBe('sice');
	expect(placeIn('ab', 2, 0)).toEqual([2, 2]);
	expect(placeIn('ab', 9, 3)).toEqual([2, 2]);
});

it('is changed where a term stands; one that is emptied is taken out', () => {
	const [, second] = termsOf('a  b c');
	expect(second && replaced('a  b c', second, ' x OR y ')).toBe('a  x OR y c');
	expect(second && replaced('a  b c', second, ' ')).toBe('a c');
});
