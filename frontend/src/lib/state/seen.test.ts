import { describe, expect, it } from 'vitest';
import { glimpses } from '$lib/state/glimpse';
import { isDone, type Offer, Seen, withOffer } from '$lib/state/seen';
import type { Summary } from '$lib/wire';

const row = (preview: string) => ({ preview }) as Summary;
const streams = [
	{ namespace: '/ws/market', event: 'tick' },
	{ namespace: '/ws/market', event: 'two words' },
	{ namespace: '/ws', event: 'tick' },
	{ namespace: '/many', event: '' },
];

function seen(...previews: string[]): Seen {
	const all = new Seen(() => streams, () => ['a1-b2']);
	for (const preview of previews) all.learn([row(preview)]);
	return all;
}
const texts = (all: Seen, text: string) => all.offers(text, text.length, 30).map((o) => o.text);

describe('what is seen of a payload', () => {
	const paths = (preview: string) => glimpses(preview).map((g) => `${g.path}=${g.value}`);
	it('is every value by its path', () => {
		expect(paths('{"a":1,"b c":{"d":[true,"x"]},"e":null}')).toEqual(['.a=1', '."b c".d[0]=true', '."b c".d[1]="x"', '.e=null']);
		expect(paths('5')).toEqual(['=5']);
		expect(paths('"on"')).toEqual(['="on"']);
	});
	it('is nothing of what was cut', () => {
		expect(paths('{"a":1,"b":12')).toEqual(['.a=1']);
		expect(paths('{"a":1,"b":"x')).toEqual(['.a=1']);
		expect(paths('{"a":[1,2],"b')).toEqual(['.a[0]=1', '.a[1]=2']);
		expect(paths('{"a":"\\')).toEqual([]);
	});
	it('is in JSON inside a string too, be it cut', () => {
		expect(paths(JSON.stringify('{"a":1,"b":"é"}'))).toEqual(['.a=1', '.b="é"']);
		expect(paths('"{\\"a\\":1,\\"b\\":\\"x\\')).toEqual(['.a=1']);
	});
	it('survives anything', () => {
		for (const text of ['', '{', '[[[[[[[1]]]]]]]', '{"a"', '{"a":}', '{1:2}', '"\\u12', 'nonsense', '{"\\x":1}', '"{\\"a\\":1,\\u00']) expect(() => glimpses(text)).not.toThrow();
		expect(glimpses(`[${'1,'.repeat(100)}1]`).length).toBe(40);
	});
});

describe('offers', () => {
	it('are what streams are called, each once, before anything is written', () => {
		expect(texts(seen(), '').slice(0, 4)).toEqual(['event:tick', 'event:"two words"', 'ns:/ws/market', 'ns:/ws']);
	});
	it('are fields by their beginning, with a note, and known terms by a part of them', () => {
		expect(texts(seen(), 'ev')).toEqual(['event:', 'event:tick', 'event:"two words"']);
		expect(seen().offers('la', 2, 5)).toEqual([{ from: 0, to: 2, text: 'late>', note: 'late', complete: false }]);
		expect(texts(seen(), 'MARK')).toEqual(['ns:/ws/market']);
		expect(texts(seen(), 'outcome:d')).toEqual(['outcome:dropped', 'outcome:dropped_on_purpose']);
		expect(texts(seen(), 'client:')).toEqual(['client:a1-b2']);
	});
	it('are paths that were seen, and the values there, the newest first', () => {
		const all = seen('{"symbol":"AAPL","price":1.5}', '{"symbol":"two words","price":2,"code":"007"}', '{"symbol":"AAPL"}');
		expect(texts(all, 'da')).toEqual(['data.', 'data.symbol:', 'data.code:', 'data.price>']);
		expect(texts(all, 'data.s')).toEqual(['data.symbol:']);
		expect(texts(all, 'data.symbol:')).toEqual(['data.symbol:AAPL', 'data.symbol:"two words"']);
		expect(texts(all, 'data.symbol:"tw')).toEqual(['data.symbol:"two words"']);
		expect(texts(all, 'data.price>=')).toEqual(['data.price>=2', 'data.price>=1.5']);
		expect(texts(all, 'data.code:')).toEqual(['data.code:"007"']);
	});
	it('go on with the word at the caret, behind a sign too', () => {
		expect(seen().offers('size>5 -ev', 10, 9)).toContainEqual({ from: 8, to: 10, text: 'event:tick', note: null, complete: true });
		expect(seen().offers('(la', 3, 9)).toEqual([{ from: 1, to: 3, text: 'late>', note: 'late', complete: false }]);
		expect(seen().offers('la size>5', 2, 9).map((o) => [o.from, o.to])).toEqual([[0, 2]]);
	});
	it('take the place of the whole word the caret is in, and of no other', () => {
		const replaced = (text: string) => {
			const caret = text.indexOf('|');
			const bare = text.replace('|', '');
			return seen().offers(bare, caret, 9).map((o) => `${bare.slice(0, o.from)}<${o.text}>${bare.slice(o.to)}`);
		};
		expect(replaced('size>5 event:t|ock -late>1ms')).toEqual(['size>5 <event:tick> -late>1ms']);
		expect(replaced('(out|come:emitted OR x)')).toEqual(['(<outcome:> OR x)']);
		expect(replaced('event:"two w|olves" size>5')).toEqual(['<event:"two words"> size>5']);
		expect(replaced('event:"two w| size>5')).toEqual(['<event:"two words"> size>5']);
		expect(replaced('ev| event:tick')).toEqual(['<event:> event:tick', '<event:tick> event:tick', '<event:"two words"> event:tick']);
	});
	it('are not what the word at the caret is already', () => {
		expect(seen().offers('event:ti', 6, 9).map((o) => o.text)).toEqual(['event:tick', 'event:"two words"']);
		expect(seen().offers('event:tick x', 8, 9)).toEqual([]);
	});
	it('are none for what is written whole', () => {
		expect(texts(seen(), 'event:tick')).toEqual([]);
	});
	it('forget the oldest paths and values', () => {
		const all = seen(...Array.from({ length: 300 }, (_, i) => `{"k${i}":${i},"same":${i}}`));
		expect(texts(all, 'data.k1')).not.toContain('data.k1>');
		expect(texts(all, 'data.k29')).toContain('data.k299>');
		expect(texts(all, 'data.same>')).toHaveLength(8);
	});
});

const tickEvent: Offer = { from: 0, to: 4, text: 'event:tick', note: null, complete: true };

it('an offer takes the place of what it goes on with', () => {
	expect(withOffer('even size>5', tickEvent)).toEqual({ text: 'event:tick size>5', place: 10 });
});

it('a text is done where a whole term ends it', () => {
	expect(isDone('event:tick ', tickEvent, 10)).toBe(true);
	expect(isDone('event:tick size>5', tickEvent, 10)).toBe(false);
	expect(isDone('(event:tick', tickEvent, 11)).toBe(false);
	expect(isDone('event:', { ...tickEvent, complete: false }, 6)).toBe(false);
});
