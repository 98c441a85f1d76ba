import { expect, it } from 'vitest';
import { fromSaved, toSaved, withoutPlaceholder, withPlaceholder } from '$lib/state/draft';

const one = '{"_placeholder":true,"num":0}';

it.for([
	['', one],
	['{}', `{\n  "file1": ${one}\n}`],
	['[]', `[\n  ${one}\n]`],
	['{"a": 1\n}', `{"a": 1,\n  "file1": ${one}\n}`],
	['"text"', '"text"'], // there is no place for it, which the hub will say
] as const)('puts what stands for a file into %j', ([data, want]) => {
	expect(withPlaceholder(data, 0)).toBe(want);
});

it('counts anew when a file is removed', () => {
	const data = '[{"_placeholder": true, "num": 0}, {"_placeholder":true,"num":2}, {"_placeholder":true,"num":1}]';
	expect(withoutPlaceholder(data, 1)).toBe('[{"_placeholder": true, "num": 0}, {"_placeholder":true,"num":1}, null]');
});

it('comes back from the hub as it was saved', () => {
	const draft = { namespace: '/x', event: 'e', data: '{{', rooms: ['a'], attachments: [{ name: 'cat.png', bytes: 2, base64: 'AP8=' }] };
	expect(fromSaved(toSaved(draft))).toEqual({ ...draft, attachments: [{ name: '#0', bytes: 2, base64: 'AP8=' }] });
	expect(toSaved({ ...draft, rooms: [], attachments: [] })).toEqual({ namespace: '/x', event: 'e', data: '{{' });
});
