import { expect, test } from 'vitest';
import { bandCount, Bands } from '$lib/state/bands.svelte';

const shown = (bands: Bands<number>) => Array.from({ length: bandCount }, (_, row) => bands.of(row, bandCount)?.[0]);

test('bands follow one another from the top, and a lower one never shows a newer list', () => {
	const bands = new Bands<number>();
	bands.begin([1]);
	while (bands.trailing) bands.follow();
	bands.begin([2]);
	bands.follow();
	expect(shown(bands)).toEqual([2, 2, ...new Array(bandCount - 2).fill(1)]);
	while (bands.trailing) bands.follow();
	expect(shown(bands)).toEqual(new Array(bandCount).fill(2));
});

test('bands that are finished leave it to the newest list', () => {
	const bands = new Bands<number>();
	bands.begin([1]);
	bands.finish();
	expect(bands.trailing).toBe(false);
	expect(bands.of(0, 30)).toBeUndefined();
});

test('the screen is shared out evenly, and what is below it is the last band', () => {
	const bands = new Bands<number>();
	bands.begin([1]);
	while (bands.trailing) bands.follow();
	bands.begin([2]);
	const rows = 4 * bandCount;
	expect([0, 3, 4, rows - 1, rows + 8].map((row) => bands.of(row, rows)?.[0])).toEqual([2, 2, 1, 1, 1]);
});
