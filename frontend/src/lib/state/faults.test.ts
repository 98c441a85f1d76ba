import { expect, it } from 'vitest';
import { type FaultsDraft, leftUntil, wishOf, wrongIn } from './faults.svelte';

const empty: FaultsDraft = {
	delay: '', jitter: '', delayed: '100', dropped: '', duplicated: '', reordered: '', cut: '',
	slowed: '', slowClient: '', slowRate: '5', stall: '', stallEvery: '', minutes: '5', seed: '',
};

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
	expect([...wrongIn(empty)]).toEqual([]);
	expect([...wrongIn({ ...empty, dropped: '101', delay: 'soon', cut: '-1' })]).toEqual(['dropped', 'cut', 'delay']);
});

it('says how long faults are still on', () => {
	expect(leftUntil(252_000, 0)).toBe('4:12');
	expect(leftUntil(1, 0)).toBe('0:01');
	expect(leftUntil(0, 5000)).toBe('0:00');
});
