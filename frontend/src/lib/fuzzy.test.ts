import { expect, it } from 'vitest';
import { fit } from '$lib/fuzzy';

const best = (typed: string, texts: string[]) =>
	texts
		.flatMap((text) => {
			const found = fit(typed, text);
			return found ? [{ text, score: found.score }] : [];
		})
		.sort((a, b) => b.score - a.score)
		.map((f) => f.text);

it('finds characters in their order, whatever stands between', () => {
	expect(fit('rtm', '/ws/rt_market')?.places).toEqual([4, 5, 7]);
	expect(fit('trm', 'rt_market')).toBeNull();
	expect(fit('', 'anything')?.places).toEqual([]);
});

it.for([
	['tick', ['stick in the mud', 'tick'], 'tick'],
	['dt', ['undated', 'delete all data: try'], 'delete all data: try'],
	['mar', ['m a r', '/ws/rt_market'], '/ws/rt_market'],
	['实时', ['实时', '时序'], '实时'],
] as const)('prefers for "%s" what a person means', ([typed, texts, wanted]) => expect(best(typed, [...texts])[0]).toBe(wanted));

it('takes capitals and spaces for what they are on a keyboard', () => {
	expect(fit('COPY LINK', 'Copy a link to this view')).not.toBeNull();
});
