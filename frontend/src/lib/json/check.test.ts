import { expect, it } from 'vitest';
import { mistakeIn } from '$lib/json/check';

const place = (text: string) => {
	const m = mistakeIn(text);
	return m && `${m.kind} ${m.line}:${m.column}`;
};

it.for([
	['', 'value 1:1'],
	['{"a" 1}', 'colon 1:6'],
	['{"a":1,}', 'key 1:8'],
	['{a:1}', 'key 1:2'],
	['[1,]', 'value 1:4'],
	['[1 2]', 'comma 1:4'],
	['{"a":1]', 'comma 1:7'],
	['{\n  "a": [1,\n  2', 'unclosed 3:4'],
	['{"a":', 'unclosed 1:6'],
	['{', 'unclosed 1:2'],
	['"abc\n"', 'string 1:5'],
	['"a\\x"', 'escape 1:3'],
	['"a\tb"', 'control 1:3'],
	['{"price": 01}', 'number 1:11'],
	['[+1]', 'number 1:2'],
	['[1.]', 'number 1:2'],
	["{'a':1}", 'key 1:2'],
	['[True]', 'value 1:2'],
	['[nullx]', 'value 1:2'],
	['{"a":NaN}', 'value 1:6'],
	['{} {}', 'more 1:4'],
])('finds in %j: %s', ([text = '', found]) => {
	expect(place(text)).toBe(found);
});

it.for(['0', '-0.5e+10', '"é\\u00e9\\n\\"/\\/"', ' [ ] ', '{}', '[[[]],{"a":{"b":[1,true,null,"x"]},"":-1}]', '12345678901234567890'])('finds nothing in %s', (text) => {
	expect(place(text)).toBeNull();
});

it('agrees with JSON.parse on every text that one character makes of a good one', () => {
	const good = '{"a":[1,-2.5e3,"x\\n\\u00e9"],"b":{"c":null},"d":true}';
	for (let at = 0; at <= good.length; at++) {
		for (const c of ['', '"', ',', ':', '{', ']', '\\', '0', '.', 'e', '\n', ' ', 'u']) {
			for (const end of [at, at + 1]) {
				const text = good.slice(0, at) + c + good.slice(end);
				let valid = true;
				try {
					JSON.parse(text);
				} catch {
					valid = false;
				}
				expect(mistakeIn(text) === null, text).toBe(valid);
			}
		}
	}
});

it('reads a text that is nested deeply or long', () => {
	expect(place('['.repeat(100_000) + ']'.repeat(100_000))).toBeNull();
	expect(place(`"${'x\\n'.repeat(300_000)}"`)).toBeNull();
});
