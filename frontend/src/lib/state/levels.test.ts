import { expect, it } from 'vitest';
import { Rest } from '$lib/api/rest';
import { countStep, levelAt, Levels } from '$lib/state/levels.svelte';

const at = (s: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, s)).toISOString();
const answer = (times: number[], rows: Record<string, number[]>) => ({
	step: '5s',
	times: times.map(at),
	clients: Object.keys(rows),
	counts: Object.values(rows).map((r) => r.length),
	levels: btoa(String.fromCharCode(...Object.values(rows).flat())),
});
const shown = (levels: Levels) => levels.rows.map(({ id, levels: l }) => `${id} ${[...l].join(' ')}`);

it('goes on where an answer ended, with who came and without who left', () => {
	const levels = new Levels(new Rest('http://hub'));
	levels.take(answer([5, 10], { a: [1, 255], b: [3] }));
	levels.take(answer([15], { b: [4], c: [254] }));
	expect(shown(levels)).toEqual(['b 3 4', 'c 254']);
	expect(levels.times.map((t) => new Date(t).getUTCSeconds())).toEqual([5, 10, 15]);
	levels.take(answer([], { b: [], c: [], d: [] }));
	expect(shown(levels)).toEqual(['b 3 4', 'c 254', 'd ']);
});

it('keeps ten minutes', () => {
	const levels = new Levels(new Rest('http://hub'));
	for (let i = 0; i < 130; i++) levels.take(answer([i * 5], { a: [i] }));
	expect(levels.times.length).toBe(119);
	expect([...(levels.rows[0]?.levels ?? [])]).toEqual(Array.from({ length: 119 }, (_, i) => i + 11));
});

it('knows what was before a client came', () => {
	const row = { id: 'a', levels: new Uint8Array([7, 255]) };
	expect([0, 1, 2, 3].map((step) => levelAt(row, step, 4))).toEqual([null, null, 7, 255]);
});

it('counts who was how full in a step', () => {
	const rows = [[0], [85], [127], [255], []].map((levels, i) => ({ id: String(i), levels: new Uint8Array(levels) }));
	expect(countStep(rows, 3, 4)).toEqual({ connected: 4, third: 3, half: 2, missed: 1 });
	expect(countStep(rows, 2, 4)).toEqual({ connected: 0, third: 0, half: 0, missed: 0 });
});
