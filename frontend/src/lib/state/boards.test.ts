import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Boards } from '$lib/state/boards.svelte';
import { Plots } from '$lib/state/plots.svelte';
import type { Board, NewBoard } from '$lib/wire';

const price = { query: 'event:tick', pointer: '/price', name: 'price', colour: 1 };
const market: Board = { name: 'Market', x: 'source', span: '10m', charts: [{ name: 'A', scale: 'own', series: [price] }] };

let kept: Map<string, NewBoard>;
let plots: Plots;
let boards: Boards;
let mayKeep: boolean;
let remembered: Map<string, string>;

beforeEach(() => {
	vi.useFakeTimers();
	remembered = new Map();
	vi.stubGlobal('localStorage', { getItem: (k: string) => remembered.get(k) ?? null, setItem: (k: string, v: string) => remembered.set(k, v) });
	kept = new Map<string, NewBoard>([['Market', market]]);
	mayKeep = true;
	const rest = {
		boards: () => Promise.resolve([...kept].map(([name, board]) => ({ ...board, name }))),
		saveBoard: (name: string, board: NewBoard) => (kept.set(name, board), Promise.resolve({ ...board, name })),
		removeBoard: (name: string) => (kept.delete(name) ? Promise.resolve() : Promise.reject(new ApiError(404, 'not_found', 'no', ''))),
	} as unknown as Rest;
	plots = new Plots(rest, () => {});
	boards = new Boards(rest, plots, () => mayKeep);
	return () => vi.useRealTimers();
});

const keep = async () => {
	boards.keep(plots.layout(), 'Plots');
	await vi.advanceTimersByTimeAsync(1000);
};

it('shows the board that was open last', async () => {
	remembered.set('emitscope.board', 'Market');
	await boards.start('Plots');
	expect(boards.name).toBe('Market');
	expect(plots.layout()).toEqual({ x: 'source', span: '10m', charts: market.charts });
	await keep();
	expect(kept.get('Market')).toBe(market); // nothing has changed
});

it('keeps the first chart on a board of its own, and each change', async () => {
	await boards.start('Plots');
	await keep();
	expect(kept.size).toBe(1);
	plots.pin(price);
	await keep();
	expect(boards.name).toBe('Plots');
	plots.span = 'all';
	await keep();
	expect(kept.get('Plots')).toEqual({ x: 'server', span: 'all', charts: [{ name: '', scale: 'auto', series: [price] }] });
	expect(remembered.get('emitscope.board')).toBe('Plots');
});

it('takes the place of no other board by itself', async () => {
	await boards.start('nothing');
	plots.pin(price);
	boards.keep(plots.layout(), 'Market');
	await vi.advanceTimersByTimeAsync(1000);
	expect(boards.name).toBe('Market 2');
	expect(kept.get('Market')).toBe(market);
});

it('keeps nothing for who may not', async () => {
	mayKeep = false;
	await boards.start('Plots');
	plots.pin(price);
	await keep();
	expect([...kept.keys()]).toEqual(['Market']);
});

it('closes the board it forgets, and says when it could not', async () => {
	await boards.start('Market');
	expect(boards.name).toBe('Market');
	expect(await boards.remove('Market')).toBe(true);
	expect([boards.name, plots.charts.length, boards.all?.length]).toEqual(['', 0, 0]);
	expect(await boards.remove('Market')).toBe(false);
	expect(boards.refusal?.code).toBe('not_found');
});
