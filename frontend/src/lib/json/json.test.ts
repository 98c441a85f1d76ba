import { describe, expect, it } from 'vitest';
import { preview } from '$lib/json/preview';
import { elements, members, pairs } from '$lib/json/scan';
import { readable } from '$lib/json/readable';
import { marksOf } from '$lib/marks';
import { isNumber, tree } from '$lib/json/tree';

const text = (json: string) =>
	preview(json, 1000)
		.map((s) => s.between + s.value)
		.join('');

describe('scan', () => {
	it('cuts an object without touching its values', () => {
		const object = members('{ "seq" : 7, "data":{"a":[1,{"b":"},]"}]} ,"big":12345678901234567890,"s":"\\"}" , "n":null}');
		expect([...object]).toEqual([
			['seq', '7'],
			['data', '{"a":[1,{"b":"},]"}]}'],
			['big', '12345678901234567890'],
			['s', '"\\"}"'],
			['n', 'null'],
		]);
	});
	it('keeps repeated keys in order', () => {
		expect(pairs('{"a":1,"a":2}')).toEqual([
			['a', '1'],
			['a', '2'],
		]);
	});
	it('cuts arrays, empty ones too', () => {
		expect(elements('[1, "a,b" ,[2,3],{"c":[]}, true]')).toEqual(['1', '"a,b"', '[2,3]', '{"c":[]}', 'true']);
		expect(elements(' [ ] ')).toEqual([]);
		expect(pairs('{}')).toEqual([]);
	});
	it('agrees with JSON.parse on whatever is cut', () => {
		const value = { a: [1, -2.5e3, [], {}], 'k"ey': 'x\\"y{[', nested: { '': { b: [[[null]]] } }, t: false };
		for (const [key, raw] of pairs(JSON.stringify(value))) expect(JSON.parse(raw)).toEqual(value[key as keyof typeof value]);
	});
});

describe('readable', () => {
	it('shows letters for their escapes, and leaves what cannot be seen or would end the string', () => {
		expect(readable('"\\u4ef7\\u683c \\ud83d\\ude00"')).toBe('"价格 😀"');
		for (const kept of ['"\\u0000"', '"\\u0022"', '"\\u005c"', '"\\ud83d"', '"\\\\u4ef7"', '"\\n"']) expect(readable(kept)).toBe(kept);
	});
});

describe('tree', () => {
	const shown = (json: string, limit = 100) => tree(json, limit).lines.map((l) => `${' '.repeat(l.depth)}${l.label ?? ''}=${l.text}`);

	it('shows an object line by line in its own order', () => {
		expect(shown('{"symbol":"AAPL","legs":[{"p":1.50},2],"e":{}}')).toEqual([
			'symbol="AAPL"',
			'legs=[2]',
			' 0={1}',
			'  p=1.50',
			' 1=2',
			'e={}',
		]);
	});
	it('keeps numbers that a double would round', () => {
		expect(shown('{"n":12345678901234567890,"z":1.000}')).toEqual(['n=12345678901234567890', 'z=1.000']);
	});
	it('shows a single value as one line', () => {
		expect(shown('"hello"')).toEqual(['="hello"']);
		expect(shown('{}')).toEqual(['={}']);
	});
	it('unwraps JSON inside a string and says so', () => {
		const { lines } = tree(JSON.stringify(JSON.stringify({ a: 1, b: '{not json' })), 100);
		expect(lines.map((l) => [l.label, l.text, l.unwrapped])).toEqual([
			[null, '{2}', true],
			['a', '1', false],
			['b', '"{not json"', false],
		]);
	});
	it('says where each value is, through JSON inside strings too', () => {
		const { lines } = tree(JSON.stringify({ 'a/b~': [1, { c: 2 }], d: JSON.stringify({ e: 3 }) }), 100);
		expect(lines.map((l) => l.pointer)).toEqual(['/a~1b~0', '/a~1b~0/0', '/a~1b~0/1', '/a~1b~0/1/c', '/d', '/d/e']);
		expect(tree('5', 1).lines[0]?.pointer).toBe('');
	});
	it('knows numbers, those written as strings too', () => {
		const { lines } = tree('{"a":1,"b":"231.42","c":"-1e-3","d":"01","e":"1 ","f":true,"g":"","h":"NaN"}', 100);
		expect(lines.filter(isNumber).map((l) => l.label)).toEqual(['a', 'b', 'c']);
	});
	it('leaves out what is folded, and says how much that is', () => {
		const { lines } = tree('{"a":{"b":1,"c":2},"d":3}', 100, (pointer) => pointer === '/a');
		expect(lines.map((l) => [l.label, l.size, l.folded])).toEqual([
			['a', 2, true],
			['d', 0, false],
		]);
	});
	it('stops unwrapping strings in strings in strings', () => {
		let json = '{"a":1}';
		for (let i = 0; i < 5; i++) json = JSON.stringify({ in: json });
		expect(tree(json, 100).lines.filter((l) => l.unwrapped)).toHaveLength(3);
	});
	it('stops at the limit and says that there is more', () => {
		const many = JSON.stringify(Array.from({ length: 50 }, (_, i) => i));
		expect(tree(many, 10)).toMatchObject({ complete: false });
		expect(tree(many, 10).lines).toHaveLength(10);
		expect(tree(many, 50).complete).toBe(true);
	});
});

describe('preview', () => {
	it('leaves out quotes around plain keys and tells values apart', () => {
		expect(preview('{"symbol":"AAPL","price":231.42}', 1000)).toEqual([
			{ between: '{symbol:', value: '"AAPL"', marked: false },
			{ between: ', price:', value: '231.42', marked: false },
			{ between: '}', value: '', marked: false },
		]);
	});
	it('marks what a query speaks of', () => {
		const marked = (query: string) => preview('{"symbol":"AAPL","legs":[1,2],"n":3}', 1000, marksOf(query)).filter((s) => s.marked).map((s) => s.value);
		expect(marked('data.symbol:AAPL')).toEqual(['"AAPL"']);
		expect(marked('data.legs[1]>1')).toEqual(['1', '2']);
		expect(marked('aap')).toEqual(['"AAPL"']);
		expect(marked('event:tick')).toEqual([]);
	});
	it('keeps quotes around keys that need them', () => {
		expect(text('{"a b":1}')).toBe('{"a b":1}');
	});
	it('shows a payload that was cut anywhere', () => {
		const whole = '{"a":"x\\"y","b":[1,true,null,{"c":"\\u00e9"}]}';
		for (let end = 1; end <= whole.length; end++) expect(text(whole.slice(0, end)), `cut at ${end}`).not.toBe('');
	});
	it('shows JSON inside a string without its escapes, wherever it was cut', () => {
		const wrapped = JSON.stringify(JSON.stringify({ text: 'hé"llo', n: 1 }));
		expect(text(wrapped)).toBe('{text:"hé\\"llo", n:1}');
		expect(text(wrapped.slice(0, 12))).toBe('{text:');
	});
	it('makes no more than fits, or little more', () => {
		const made = preview(`{"a":"${'x'.repeat(200)}","b":2}`, 40).map((s) => s.between + s.value).join('');
		expect(made).toBe(`{a:"${'x'.repeat(39)}`);
		expect(preview(JSON.stringify(Array(80).fill(7)), 40).length).toBeLessThan(40);
	});
	it('loses nothing of a long payload', () => {
		const numbers = JSON.stringify(Array.from({ length: 80 }, (_, i) => i));
		expect(text(numbers).replaceAll(' ', '')).toBe(numbers);
	});
});
