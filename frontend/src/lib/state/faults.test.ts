import { expect, it, onTestFinished, vi } from 'vitest';
import type { Rest } from '$lib/api/rest';
import type { Faults as Told } from '$lib/wire';
import { draftOf, emptyDraft as empty, Faults, leftUntil, numbersIn, presetNames, wishOf, wrongIn } from './faults.svelte';

it('asks for what is written, and for nothing else', () => {
	expect(wishOf(empty)).toEqual({ for: '5m' });
	expect(wishOf({ ...empty, delay: '200', jitter: '50', delayed: '10', dropped: '2,5', seed: '42' })).toEqual({
		for: '5m', delay: '200ms', jitter: '50ms', delay_share: 0.1, drop: 0.025, seed: 42,
	});
	expect(wishOf({ ...empty, stall: '1.5', stallEvery: '10', cut: '1' })).toEqual({ for: '5m', stall: '1.5s', stall_every: '10s', disconnect: 0.01 });
});

it('has one client read slowly rather than a share of all', () => {
	expect(wishOf({ ...empty, slowed: '25' })).toEqual({ for: '5m', slow_share: 0.25, slow_rate: 5 });
	expect(wishOf({ ...empty, slowed: '25', slowClient: ' abc ' })).toEqual({ for: '5m', slow_client: 'abc', slow_rate: 5 });
});

it('finds what is no number, and no share', () => {
	expect([...wrongIn(numbersIn(empty))]).toEqual([]);
	expect([...wrongIn(numbersIn({ ...empty, dropped: '101', delay: 'soon', cut: '-1' }))]).toEqual(['dropped', 'cut', 'delay']);
});

it('says how long faults are still on', () => {
	expect(leftUntil(252_000, 0)).toBe('4:12');
	expect(leftUntil(1, 0)).toBe('0:01');
	expect(leftUntil(0, 5000)).toBe('0:00');
});

it('fills in what is on as it was asked for', () => {
	const asked = { for: '5m', delay: '200ms', jitter: '50ms', delay_share: 0.1, drop: 0.025, stall: '1.5s', stall_every: '1m', slow_share: 0.25, slow_rate: 5, seed: 42 };
	expect(wishOf(draftOf({ ...asked, for: '5m0s', stall_every: '1m0s' } as Told))).toEqual({ ...asked, stall_every: '60s' });
});

it('has kinds of trouble to begin with, each of which the hub can do', () => {
	const faults = new Faults({} as Rest);
	for (const name of presetNames) {
		faults.prepare(name);
		expect([...faults.wrong]).toEqual([]);
		expect(Object.keys(wishOf(faults.draft)).length).toBeGreaterThan(1);
	}
});

it('remembers when faults met messages of a namespace, and when they were over', () => {
	const faults = new Faults({} as Rest);
	const on = (namespace: string, kinds: string[], second: number) => ({ namespace, kinds, began: `1970-01-01T00:00:0${second}.000000000Z`, ends: '1970-01-01T00:05:00.000000000Z' });
	faults.take([on('/a', ['delay', 'slow'], 1), on('/b', ['slow'], 1)], 1000);
	faults.take([on('/a', ['stall'], 5)], 5000);
	faults.take([], 9000);
	expect(faults.spells).toEqual([
		{ namespace: '/a', kinds: ['delay'], from: 1000, to: 5000 },
		{ namespace: '/a', kinds: ['stall'], from: 5000, to: 9000 },
	]);
});

it('takes no counts that were asked for before faults were switched on', async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const on = (drop: number) => [{ namespace: '/ws', drop } as Told];
	const answers: ((list: Told[]) => void)[] = [];
	const rest = {
		faults: () => new Promise<Told[]>((resolve) => answers.push(resolve)),
		setFaults: () => Promise.resolve(),
	} as unknown as Rest;
	const faults = new Faults(rest);
	const stop = faults.watch();
	const started = faults.start();
	await vi.advanceTimersByTimeAsync(0);
	answers[1]?.(on(0.2));
	await started;
	answers[0]?.(on(0.1));
	await vi.advanceTimersByTimeAsync(0);
	stop();
	expect(faults.list).toEqual(on(0.2));
});
