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

it('selects from one corner to the other, whichever comes first, and holds the picture for it', () => {
	const cursor = new Cursor();
	cursor.point(500, 1000);
	cursor.toggleCorner();
	cursor.point(200, 1200);
	expect(cursor.span).toEqual({ from: 200, to: 500 });
	cursor.toggleCorner();
	cursor.point(900, 1200);
	expect(cursor.span).toEqual({ from: 200, to: 500 });
	cursor.clear();
	expect([cursor.at, cursor.heldTo]).toEqual([null, 1000]);
	cursor.deselect();
	expect([cursor.span, cursor.heldTo]).toEqual([null, null]);
});

it('takes a press that hardly moved for none', () => {
	const cursor = new Cursor();
	cursor.begin(500);
	cursor.point(510, 1000);
	cursor.finish();
	expect(cursor.span).toBeNull();
});

it('looks into a span, and out again', () => {
	const cursor = new Cursor();
	cursor.point(200, 1000);
	cursor.begin(200);
	cursor.point(500, 1000);
	cursor.finish();
	cursor.look();
	expect(cursor.zoom).toEqual({ from: 200, to: 500 });
	expect([cursor.span, cursor.heldTo]).toEqual([null, 500]);
	cursor.clear();
	expect(cursor.heldTo).toBe(500);
	cursor.leave();
	expect(cursor.heldTo).toBeNull();
});
