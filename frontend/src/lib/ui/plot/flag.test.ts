import { expect, it } from 'vitest';
import { placed } from '$lib/ui/plot/flag';

const sides = (...at: number[]) => placed(at.map((x) => ({ x, wide: 50 })), 200).map((p) => p?.side ?? null);

it('writes the newest name at its pole, to the left where there is no room on the right', () => {
	expect(sides(20)).toEqual(['right']);
	expect(sides(180)).toEqual(['left']);
});

it('leaves a name out that would cover a newer one', () => {
	expect(sides(20, 100)).toEqual(['right', 'right']);
	expect(sides(20, 60, 100)).toEqual(['bare', 'left', 'right']);
});

it('shows none that is not in sight', () => {
	expect(sides(-1, 201)).toEqual([null, null]);
});
