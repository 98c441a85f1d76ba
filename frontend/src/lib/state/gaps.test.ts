import { expect, it } from 'vitest';
import { gapsOf } from '$lib/state/gaps';
import type { Summary } from '$lib/wire';

const row = (seq: number, event: string, us: number, outcome = 'emitted') =>
	({ seq, namespace: '/ws', event, outcome, time: `2025-11-22T09:02:07.${String(us).padStart(6, '0')}123Z` }) as Summary;

it('tells the time since the previous emit of the same stream, and of the first nothing', () => {
	const rows = [row(5, 'a', 30_010), row(4, 'b', 25_000), row(3, 'a', 20_000), row(2, 'a', 15_000, 'dropped'), row(1, 'a', 10_000)];
	expect([...gapsOf(rows)]).toEqual([
		[3, { gap_us: 10_000 }],
		[5, { gap_us: 10_010 }],
	]);
});
