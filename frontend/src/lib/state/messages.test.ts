import { beforeEach, describe, expect, it } from 'vitest';
import { isGap, Messages } from '$lib/state/messages.svelte';
import type { Summary } from '$lib/wire';

function row(seq: number): Summary {
	const time = `2025-11-22T09:02:${String(Math.floor(seq / 10)).padStart(2, '0')}.${seq % 10}00000000Z`;
	return { seq, namespace: '/ws', event: 'tick', time, preview: '1', size: 1, sockets: 1, late_us: 5, outcome: 'emitted' };
}
const rows = (...seqs: number[]) => seqs.map(row);

describe('Messages', () => {
	let messages: Messages;
	const shown = () => messages.rows.map((e) => (isGap(e) ? `${e.gap} ${e.amount}` : e.seq));
	const take = (...seqs: number[]) => messages.add(rows(...seqs), seqs.length, 0);

	beforeEach(() => {
		messages = new Messages(5);
	});

	it('shows nothing before it is told to', () => {
		take(1);
		expect(shown()).toEqual([]);
		messages.commit();
		expect(shown()).toEqual([1]);
	});

	it('has a message once that was fetched before the feed told of it', () => {
		messages.fill(rows(1, 2));
		take(2, 3);
		messages.commit();
		expect(shown()).toEqual([1, 2, 3]);
	});

	it('lets the oldest leave at its capacity', () => {
		take(1, 2, 3, 4);
		messages.commit();
		take(5, 6, 7);
		messages.commit();
		expect(shown()).toEqual([3, 4, 5, 6, 7]);
	});

	it('holds no more than it shows while nobody looks', () => {
		for (let i = 1; i <= 1000; i++) take(i);
		messages.commit();
		expect(shown()).toEqual([996, 997, 998, 999, 1000]);
	});

	it('keeps still while paused, and counts what matched meanwhile', () => {
		take(1, 2);
		messages.commit();
		messages.pause('hand');
		messages.add(rows(3, 4), 10, 3);
		messages.commit();
		expect(shown()).toEqual([1, 2]);
		expect(messages.fresh).toBe(13);
		messages.resume();
		expect(shown()).toEqual([1, 2, 'skipped 3', 3, 4]);
		expect(messages.fresh).toBe(0);
	});

	it('does not count as new what had come before the pause', () => {
		take(1, 2);
		messages.pause('scroll');
		messages.commit();
		expect(messages.fresh).toBe(0);
	});

	it('stays paused by hand when a scroll ends', () => {
		messages.pause('scroll');
		messages.pause('hand');
		messages.pause('scroll');
		expect(messages.pausedBy).toBe('hand');
	});

	it('marks what the feed skipped, once for neighbours', () => {
		take(1);
		messages.add([], 0, 2);
		messages.add([], 0, 3);
		take(9);
		messages.commit();
		expect(shown()).toEqual([1, 'skipped 5', 9]);
	});

	it('marks the time without a hub, but not above nothing', () => {
		messages.addAway(4);
		take(1);
		messages.addAway(4);
		messages.commit();
		expect(shown()).toEqual([1, 'away 4']);
	});

	it('fills in fetched messages where they belong', () => {
		take(3);
		messages.commit();
		messages.addAway(2);
		take(6);
		messages.fill(rows(6, 5, 3, 2));
		messages.commit();
		expect(shown()).toEqual([2, 3, 5, 'away 2', 6]);
	});

	it('says how many messages one row stands for', () => {
		messages.add(rows(1, 2), 16, 0);
		messages.takeSample();
		expect(messages.oneIn).toBe(8);
		take(3);
		messages.takeSample();
		expect(messages.oneIn).toBe(1);
	});

	it('steps from row to row and over gaps, and stays at the ends', () => {
		messages.add(rows(1, 2), 2, 0);
		messages.addAway(1);
		take(3);
		messages.commit();
		const seen = [1, 1, 1, 1, -1, -1, -1].map((by) => {
			messages.select(messages.beside(by as 1 | -1) ?? messages.selected);
			return messages.selected?.seq;
		});
		expect(seen).toEqual([3, 2, 1, 1, 2, 3, 3]);
	});

	it('steps over what is not wanted', () => {
		take(1, 2, 3, 4);
		messages.commit();
		const even = (row: Summary) => row.seq % 2 === 0;
		messages.select(messages.beside(1, even));
		expect(messages.selected?.seq).toBe(4);
		expect(messages.beside(1, even)?.seq).toBe(2);
		expect(messages.beside(-1, even)).toBeNull();
	});

	it('shows what is older than the newest row even while paused, and nothing newer', () => {
		take(4, 6);
		messages.commit();
		messages.pause('hand');
		take(8);
		messages.fill(rows(7, 5, 3));
		messages.commit();
		expect(shown()).toEqual([3, 4, 5, 6]);
		messages.resume();
		expect(shown()).toEqual([4, 5, 6, 7, 8]);
	});

	it('is held by the pointer only until it leaves, and by whoever is stronger for longer', () => {
		take(1);
		messages.commit();
		messages.pause('pointer');
		take(2);
		messages.commit();
		expect([messages.rows.length, messages.fresh]).toEqual([1, 1]);
		messages.pause('hand');
		expect(messages.fresh).toBe(1);
		messages.release('pointer');
		expect(messages.rows.length).toBe(1);
		messages.resume();
		messages.pause('pointer');
		messages.release('pointer');
		expect([messages.paused, messages.rows.length]).toEqual([false, 2]);
	});

	it('keeps the selected message when its row has left', () => {
		take(1);
		messages.commit();
		messages.select(row(1));
		take(2, 3, 4, 5, 6, 7);
		messages.commit();
		expect(shown()).not.toContain(1);
		expect(messages.selected?.seq).toBe(1);
	});

	it('call it a flood when more comes than could be read', () => {
		take(1, 2, 3);
		messages.tellFlood(100);
		expect(messages.flooding).toBe(false);
		messages.tellFlood(10);
		expect(messages.flooding).toBe(true);
	});
});
