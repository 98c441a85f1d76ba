import { expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { setupOf, Simulators } from '$lib/state/simulators.svelte';
import type { Simulator } from '$lib/wire';

const made = (name: string, running = false): Simulator => ({
	name, feed: 'sine', running, offered: 5, sent: 0, accepted: 0, refused: 0, dropped: 0, missed: 0,
});

function open(rest: object): Simulators {
	return new Simulators(rest as Rest);
}

it('lists what it has made by name, and puts what was changed in its place', async () => {
	const all = open({
		simulators: vi.fn(async () => ({ simulators: [made('b')], max_rate: 1, demo: false })),
		saveSimulator: vi.fn(async (name: string) => made(name)),
		runSimulator: vi.fn(async (name: string, running: boolean) => made(name, running)),
		removeSimulator: vi.fn(async () => {}),
	});
	await all.look();
	expect(await all.save('a', { feed: 'sine' })).toBe(true);
	await all.run('b', true);
	expect(all.list?.map((one) => [one.name, one.running])).toEqual([['a', false], ['b', true]]);
	await all.remove('a');
	expect(all.list?.map((one) => one.name)).toEqual(['b']);
});

it('knows whether the demo feed runs, which other simulators do not tell', async () => {
	const all = open({
		simulators: vi.fn(async () => ({ simulators: [made('b', true)], max_rate: 1, demo: false })),
		runDemo: vi.fn(async (demo: boolean) => ({ simulators: [made('b', true)], max_rate: 1, demo })),
	});
	await all.look();
	expect(all.demo).toBe(false);
	await all.runDemo(true);
	expect(all.demo).toBe(true);
});

it('does not take an answer from before a change for what is', async () => {
	let answer = (_: object): void => {};
	const all = open({
		simulators: vi.fn(() => new Promise((resolve) => (answer = resolve))),
		runSimulator: vi.fn(async (name: string, running: boolean) => made(name, running)),
	});
	const asked = all.look();
	await all.run('a', true);
	answer({ simulators: [made('a', false)], max_rate: 1, demo: false });
	await asked;
	expect(all.list?.[0]?.running).toBe(true);
});

it('says why the hub refused, and of which', async () => {
	const no = new ApiError(400, 'invalid_simulator', 'no', 'do');
	let refuses = true;
	const all = open({
		saveSimulator: vi.fn(async (name: string) => {
			if (refuses) throw no;
			return made(name);
		}),
	});
	expect(await all.save('a', { feed: 'sine' })).toBe(false);
	expect(all.refusal).toEqual({ name: 'a', error: no });
	refuses = false;
	await all.save('a', { feed: 'sine' });
	expect(all.refusal).toBeNull();
});

it('keeps of a simulator what it was told, not how it does', () => {
	expect(setupOf({ ...made('a', true), set: { mean: 1 }, rooms: ['r'] })).toEqual({ feed: 'sine', set: { mean: 1 }, rooms: ['r'] });
});
