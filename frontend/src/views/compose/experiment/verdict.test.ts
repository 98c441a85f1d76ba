import { expect, it } from 'vitest';
import type { WayResult } from '$lib/wire';
import { timesText, verdictOf } from './verdict';

function way(times: number, apart: boolean): WayResult {
	return { way: 'loop', against_lane: { times, apart } } as WayResult;
}

it('says how many times steadier the lane was', () => {
	expect(verdictOf(way(41.2, true))).toEqual({ kind: 'lane', times: 41.2 });
});

it('says it as well where the other way was steadier', () => {
	expect(verdictOf(way(0.5, true))).toEqual({ kind: 'way', times: 2 });
});

it('gives no verdict within the noise, or before there are enough runs', () => {
	expect(verdictOf(way(41.2, false))).toEqual({ kind: 'noise' });
	expect(verdictOf({ way: 'loop' } as WayResult)).toEqual({ kind: 'none' });
	expect(verdictOf(undefined)).toEqual({ kind: 'none' });
});

it('writes a digit behind the point only where it tells something', () => {
	expect([1.84, 9.94, 9.96, 41.2].map(timesText)).toEqual(['1.8', '9.9', '10', '41']);
});
