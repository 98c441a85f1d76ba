import { describe, expect, it } from 'vitest';
import { diff } from '$lib/json/diff';
import { difference } from '$lib/json/difference';

describe('what has changed', () => {
	it('is told value by value, with the difference of numbers', () => {
		const { changes, of } = diff('{"symbol":"AAPL","price":231.43,"size":800}', '{"symbol":"AAPL","price":231.42,"size":300}');
		expect(changes).toEqual([
			{ name: 'price', kind: 'changed', before: '231.43', after: '231.42', by: '−0.01' },
			{ name: 'size', kind: 'changed', before: '800', after: '300', by: '−500' },
		]);
		expect(of).toBe(3);
	});
	it('may have come or gone', () => {
		const { changes, of } = diff('{"a":1,"b":{"c":"x"}}', '{"a":1,"d":[true]}');
		expect(changes.map((c) => [c.kind, c.name, c.before, c.after])).toEqual([
			['added', 'd.0', '', 'true'],
			['removed', 'b.c', '"x"', ''],
		]);
		expect(of).toBe(3);
	});
	it('is no difference of numbers where one was none', () => {
		expect(diff('{"a":1}', '{"a":"1"}').changes).toEqual([{ name: 'a', kind: 'changed', before: '1', after: '"1"', by: '' }]);
	});
	it('is found inside a string that holds JSON', () => {
		expect(diff('"{\\"n\\":1}"', '"{\\"n\\":3}"').changes).toEqual([{ name: 'n', kind: 'changed', before: '1', after: '3', by: '+2' }]);
	});
	it('names keys as they are, and a payload that is one value not at all', () => {
		expect(diff('{"a/b~c":1}', '{"a/b~c":2}').changes[0]?.name).toBe('a/b~c');
		expect(diff('1', '2').changes[0]).toMatchObject({ name: '', by: '+1' });
	});
	it('is not where a number is only written in another way', () => {
		expect(diff('{"a":1.0,"b":100}', '{"a":1,"b":1e2}').changes).toEqual([]);
	});
	it('is said to be incomplete in a payload of thousands of values', () => {
		const long = JSON.stringify(Array.from({ length: 3000 }, (_, i) => i));
		expect(diff(long, long).complete).toBe(false);
	});
});

it.for([
	['231.43', '231.42', '−0.01'],
	['0.1', '0.3', '+0.2'],
	['48212810', '48217940', '+5,130'],
	['9007199254740993', '9007199254740992', '−1'],
	['-1', '1', '+2'],
	['1e3', '1.5e3', '+500'],
	['1', '1.00', '0'],
	['1.5', '1', '−0.5'],
	['1e400', '1', null],
	['1e-400', '1', null],
] as const)('from %s to %s it is %s', ([before, after, by]) => expect(difference(before, after)).toBe(by));
