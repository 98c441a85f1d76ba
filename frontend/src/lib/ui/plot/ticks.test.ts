import { expect, it } from 'vitest';
import { plain, reading, ticksOf } from '$lib/ui/plot/ticks';

it.each([
	[0, 10, 5, [0, 2, 4, 6, 8, 10], 0],
	[231.18, 231.47, 3, [231.2, 231.3, 231.4], 1],
	[-1, 1, 4, [-1, -0.5, 0, 0.5, 1], 1],
	[1e9, 4e9, 3, [1e9, 2e9, 3e9, 4e9], 0],
	[5, 5, 4, [5], 0],
])('puts round values from %d to %d, about %d', (low, high, most, values, decimals) => {
	const got = ticksOf(low, high, most);
	expect(got.decimals).toBe(decimals);
	expect(got.values.length).toBe(values.length);
	got.values.forEach((v, i) => expect(v).toBeCloseTo(values[i] ?? 0, 6));
});

it('makes no more values than there is room for, whatever the range', () => {
	for (const size of [1e-12, 1e-3, 1, 7, 1e6, 3e15])
		for (const low of [0, -size / 3, size * 1000]) expect(ticksOf(low, low + size, 4).values.length).toBeLessThanOrEqual(6);
});

it('writes numbers with their digits and no more', () => {
	expect([231.42, 48217940, 0, -0.25, 1763814734406, 1e-9, 0.1 + 0.2, 100].map(reading)).toEqual(['231.42', '48,217,940', '0', '-0.25', '1.76e+12', '1.00e-9', '0.3', '100']);
	expect(plain(1234.5, 2)).toBe('1,234.50');
});
