import { expect, it } from 'vitest';
import { marksOf } from '$lib/marks';

it.for([
	['event:tick data.symbol:AAPL size>200', ['symbol'], []],
	['data.bid[0].price>250', ['price'], []],
	['data.legs[0]>5', ['legs'], []],
	['data."last price">=1 AAPL', ['last price'], ['aapl']],
	['"not found"', [], ['not found']],
	['(data.a:1 OR Foo) -bar NOT data.c:2', ['a'], ['foo']],
	['event:tick', [], []],
	['late>1ms -(ns:/ws event:x)', [], []],
	['', [], []],
] as const)('%s speaks of %s and %s', ([text, keys, words]) => {
	const marks = marksOf(text);
	expect([[...marks.keys], marks.words]).toEqual([keys, words]);
});
