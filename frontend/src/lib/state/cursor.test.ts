import { expect, it } from 'vitest';
import { Cursor, nextOf } from '$lib/state/cursor.svelte';

const times = Float64Array.of(10, 20, 30);

it('goes to the next time after where it is, and to the last before', () => {
	expect(nextOf(times, 20, 1)).toBe(30);
	expect(nextOf(times, 20, -1)).toBe(10);
	expect(nextOf(times, 24, 1)).toBe(30);
	expect(nextOf(times, 24, -1)).toBe(20);
});

it('stays where there is no further time', () => {
	const cursor = new Cursor();
	cursor.point(30, 100);
	cursor.step(times, 1, 100);
	expect(cursor.at).toBe(30);
	expect(nextOf(new Float64Array(0), 5, -1)).toBeNull();
});

it('begins at the right edge, with the newest', () => {
	const cursor = new Cursor();
	cursor.step(times, -1, 100);
	expect(cursor.at).toBe(30);
});

it('holds the picture as it was when the cursor came, until it is cleared', () => {
	const cursor = new Cursor();
	cursor.point(20, 100);
	cursor.point(25, 140);
	expect(cursor.heldTo).toBe(100);
	cursor.clear();
	expect([cursor.at, cursor.heldTo]).toEqual([null, null]);
});
