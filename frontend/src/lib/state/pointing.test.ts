import { beforeEach, expect, it } from 'vitest';
import type { Rest, Whole } from '$lib/api/rest';
import { Pointing } from '$lib/state/pointing.svelte';
import type { Plots } from '$lib/state/plots.svelte';

const tick = (symbol: string) => ({ message: { namespace: '/ws', event: 'tick' }, payload: JSON.stringify({ symbol, price: 1, legs: [1] }) }) as Whole;

let asked: string[];
let query: string;
let pointing: Pointing;

beforeEach(() => {
	asked = [];
	query = '';
	const rest = { newest: (q: string) => Promise.resolve((asked.push(q), ['AAPL', 'NVDA', 'AAPL', 'NVDA'].map(tick))) } as unknown as Rest;
	pointing = new Pointing(rest, { look: () => {} } as unknown as Plots, () => 2, () => query);
});

it('means the same number of the same thing', async () => {
	expect(await pointing.meaning(tick('AAPL'), '/price')).toEqual({
		pointer: '/price', key: 'price', thing: 'AAPL', event: 'tick',
		of: { query: 'ns:/ws event:tick data.symbol:AAPL', pointer: '/price', name: 'AAPL price', colour: 2 },
	});
	await pointing.meaning(tick('NVDA'), '/legs/0');
	expect(asked).toEqual(['ns:/ws event:tick']);
});

it('keeps to the data terms of the query, and adds none twice', async () => {
	query = 'event:tick data.symbol:AAPL size>5';
	expect((await pointing.meaning(tick('AAPL'), '/price')).of.query).toBe('ns:/ws event:tick data.symbol:AAPL');
	query = 'data.price>5';
	expect((await pointing.meaning(tick('AAPL'), '/price')).of.query).toBe('ns:/ws event:tick data.price>5 data.symbol:AAPL');
});

it('names an element by its list, and a payload by its event', async () => {
	expect((await pointing.meaning(tick('TSLA'), '/legs/0')).of.name).toBe('legs[0]');
	expect((await pointing.meaning({ ...tick(''), payload: '5' }, '')).of.name).toBe('tick');
});
