import { expect, it } from 'vitest';
import { apart } from '$lib/state/apart';

const tick = (symbol: string, venue = 'XNAS') => JSON.stringify({ symbol, venue, price: 1, ts: '2026' });
const ticks = ['AAPL', 'NVDA', 'META', 'AAPL', 'NVDA', 'META', 'AAPL', 'NVDA'].map((s, i) => tick(s, i % 2 ? 'ARCX' : 'XNAS'));

it('takes the key with most different values', () => {
	expect(apart(tick('NVDA'), '/price', ticks)).toEqual({ path: ['symbol'], text: 'NVDA' });
});
it('finds nothing where all messages are of one thing', () => {
	expect(apart(tick('AAPL'), '/price', Array(8).fill(tick('AAPL')) as string[])).toBe(null);
	expect(apart('5', '', ['5', '6'])).toBe(null);
});
it('takes no text that is always another, as an id or a sentence', () => {
	const log = (n: number) => JSON.stringify({ id: `x${n}`, n });
	expect(apart(log(1), '/n', [1, 2, 3, 4, 5].map(log))).toBe(null);
});
it('looks beside the number, and into JSON inside strings', () => {
	const nested = (device: string) => JSON.stringify({ data: JSON.stringify({ device, rms: 1 }) });
	expect(apart(nested('pump-3'), '/data/rms', ['pump-3', 'pump-4', 'pump-3', 'pump-4'].map(nested))).toEqual({ path: ['data', 'device'], text: 'pump-3' });
	expect(apart(JSON.stringify(tick('AAPL')), '/price', ticks)).toEqual({ path: ['symbol'], text: 'AAPL' });
});
it('bears payloads that are cut', () => {
	expect(apart(tick('AAPL'), '/price', ['{"symbol":"NV', ...ticks])).toEqual({ path: ['symbol'], text: 'AAPL' });
});
