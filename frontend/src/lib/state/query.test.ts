import { describe, expect, it } from 'vitest';
import { canQuery, culprit, Query, streamQuery, termsOf, withTerms } from '$lib/state/query.svelte';
import type { Summary } from '$lib/wire';

const row = (namespace: string, event: string) => ({ namespace, event }) as Summary;

it('has one term of each field, the last that was asked for', () => {
	expect(withTerms(['ns:/a', 'event:x'], ' event:y  ns:/a ')).toEqual(['event:y', 'ns:/a']);
});

describe('Query', () => {
	it('selects what the hub would: all terms hold, and of a repeated field the last', () => {
		const query = new Query();
		expect(query.selects(row('/a', 'x'))).toBe(true);
		query.begin('ns:/a event:y event:x');
		expect([row('/a', 'x'), row('/a', 'y'), row('/b', 'x')].map((r) => query.selects(r))).toEqual([true, false, false]);
	});

	it('knows when it is one stream', () => {
		const query = new Query();
		query.begin(streamQuery({ namespace: '/a', event: 'x' }));
		expect(query.isStream({ namespace: '/a', event: 'x' })).toBe(true);
		query.begin('event:x');
		expect(query.isStream({ namespace: '/a', event: 'x' })).toBe(false);
	});

	it('counts from its beginning, and shows it when told to', () => {
		const query = new Query();
		query.add(5, 50);
		query.begin('event:x');
		query.add(1, 10);
		query.add(2, 10);
		expect([query.matched, query.total]).toEqual([0, 0]);
		query.commit();
		expect([query.matched, query.total]).toEqual([3, 20]);
	});

	it('has terms without the space between them', () => {
		expect(termsOf('  ns:/a \t event:x ')).toEqual(['ns:/a', 'event:x']);
	});

	it('cannot name a stream whose event has a space, nor the one that stands for many', () => {
		expect(['tick', 'two words', ''].map((event) => canQuery({ namespace: '/ws', event }))).toEqual([true, false, false]);
	});
});

describe('the term the hub complains of', () => {
	it('is found by its field or in full', () => {
		expect(culprit('ns:/a size:3', 'query field "size" is unknown')).toEqual([6, 12]);
		expect(culprit('what ns:/a', 'query term "what" is not FIELD:VALUE')).toEqual([0, 4]);
	});
	it('may be none', () => {
		expect(culprit('ns:/a', 'not now')).toBeNull();
		expect(culprit('ns:/a', 'query field "b" is unknown')).toBeNull();
	});
});
