import { expect, it } from 'vitest';
import { offers } from '$lib/state/offers';

const streams = [
	{ namespace: '/ws/market', event: 'tick' },
	{ namespace: '/ws/market', event: 'two words' },
	{ namespace: '/ws', event: 'tick' },
];
const words = (draft: string) => offers(draft, streams, 20).map((o) => o.word);

it('offers what streams are called, each once, before anything is written', () => {
	expect(words('').slice(0, 4)).toEqual(['event:tick', 'event:"two words"', 'ns:/ws/market', 'ns:/ws']);
});
it('offers fields by their beginning, and known terms by a part of them', () => {
	expect(words('ev')).toEqual(['event:', 'event:tick', 'event:"two words"']);
	expect(words('MARK')).toEqual(['ns:/ws/market']);
	expect(words('outcome:d')).toEqual(['outcome:dropped']);
});
it('goes on with the last word, behind a sign too', () => {
	expect(offers('size>5 -ev', streams, 20)).toContainEqual({ text: 'size>5 -event:tick', word: '-event:tick', complete: true });
	expect(offers('(la', streams, 20)).toEqual([{ text: '(late>', word: '(late>', complete: false }]);
});
it('offers nothing for what is written whole', () => {
	expect(words('event:tick')).toEqual([]);
});
