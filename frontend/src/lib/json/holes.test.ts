import { expect, it } from 'vitest';
import { mistakeIn } from './check';
import { filled, holesIn } from './holes';

it.for([
	['{"a": {{walk 1 0.5}}, "b": "at {{now}}"}', ['{{walk 1 0.5}}', '{{now}}']],
	['{"a": {{pick "}}" "{{"}}}', ['{{pick "}}" "{{"}}']],
	['{"a": {{pick "\\"}}"}}}', ['{{pick "\\"}}"}}']],
	['{"a": {{now}', []],
	['{"a": {"b": {"c": 1}}}', []],
] as const)('finds the holes of %s', ([text, want]) => {
	expect(holesIn(text).map(({ from, to }) => text.slice(from, to))).toEqual(want);
});

it('fills holes so that the rest can be checked where it stands', () => {
	const text = '{"a": {{walk 1 0.5}}, "b": "at {{pick "x" "y"}}", "c": 01}';
	expect(filled(text)).toHaveLength(text.length);
	expect(mistakeIn(filled(text))).toMatchObject({ kind: 'number', at: text.indexOf('01') });
	expect(mistakeIn(filled(text.replace('01', '1')))).toBeNull();
});

it('leaves a text without holes as it is', () => {
	expect(filled('{"a": [1, {}]}')).toBe('{"a": [1, {}]}');
});
