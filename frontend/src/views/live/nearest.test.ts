import { expect, it } from 'vitest';
import type { Entry } from '$lib/state/messages.svelte';
import type { Summary } from '$lib/wire';
import { nearestTo } from './nearest';

const start = Date.parse('2026-11-22T14:32:00Z');
const row = (ms: number) => ({ seq: ms, time: new Date(start + ms).toISOString() }) as Summary;
const rows: Entry[] = [row(10), row(20), { gap: 'away', amount: 3 }, row(50), row(60)];

it('finds the message nearest to a time, also over a gap and beyond both ends', () => {
	const found = [-100, 14, 16, 34, 36, 59, 1000].map((ms) => nearestTo(rows, start + ms));
	expect(found).toEqual([10, 10, 20, 20, 50, 60, 60]);
	expect(nearestTo([], start)).toBeNull();
	expect(nearestTo([{ gap: 'away', amount: 3 }], start)).toBeNull();
});
