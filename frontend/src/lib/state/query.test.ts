import { describe, expect, it } from 'vitest';
import { ApiError } from '$lib/api/http';
import { streamQuery } from '$lib/query';
import { asked, Query, toggled, type Wanted } from '$lib/state/query.svelte';
import type { FeedFrame } from '$lib/wire';

const tick = { namespace: '/a', event: 'tick' };
const frame = (ended: number, matched: number, hits: number) => ({ ended, matched, hits }) as FeedFrame;

function begun(change: Partial<Wanted>): Query {
	const query = new Query();
	query.begin(query.want(change));
	return query;
}

describe('Query', () => {
	it('knows when it is one stream', () => {
		expect(begun({ text: streamQuery(tick) }).isStream(tick)).toBe(true);
		expect(begun({ text: 'event:tick' }).isStream(tick)).toBe(false);
	});

	it('has a number of its own each time it changes', () => {
		const query = begun({ text: 'x' });
		const first = query.number;
		query.begin(query.want({ mode: 'highlight' }));
		expect(query.number).toBe(first + 1);
	});

	it('counts from its beginning, and shows it when told to', () => {
		const query = new Query();
		query.add(frame(50, 5, 0));
		query.begin(query.want({ text: 'event:x' }));
		query.add(frame(10, 1, 0));
		query.add(frame(10, 2, 0));
		expect([query.found, query.total]).toEqual([0, 0]);
		query.commit();
		expect([query.found, query.total]).toEqual([3, 20]);
	});

	it('has found the listed ones when it hides, and the marked ones when it marks', () => {
		const filter = begun({ text: 'x' });
		const highlight = begun({ text: 'x', mode: 'highlight' });
		expect([filter, highlight].map((q) => [q.hides, q.foundIn(frame(9, 7, 3))])).toEqual([[true, 7], [false, 3]]);
		expect(begun({}).foundIn(frame(9, 9, 0))).toBe(0);
		expect(begun({ mutes: [tick] }).hides).toBe(true);
	});

	it('puts changes on top of one another that the hub has not taken yet', () => {
		const query = new Query();
		query.want({ text: ' x ' });
		expect(query.want({ mutes: [tick] })).toEqual({ text: 'x', mode: 'filter', mutes: [tick] });
	});

	it('stays as it was when the hub refuses, and says which part was wrong', () => {
		const query = begun({ text: 'event:x' });
		query.refuse(query.want({ text: '😀 sice:3' }), new ApiError(400, 'invalid_query', 'no', 'yes', { at: 2, length: 4 }));
		expect(query.refusal).toEqual({ text: '😀 sice:3', code: 'invalid_query', message: 'no', hint: 'yes', place: [3, 7] });
		expect(query.text).toBe('event:x');
		expect(query.want({ mode: 'highlight' }).text).toBe('event:x');
	});

	it('names no part of the text when something else was wrong', () => {
		const query = new Query();
		query.refuse(query.want({ text: 'x' }), new ApiError(400, 'invalid_query', 'no', '', { at: 0, length: 5000 }));
		expect(query.refusal?.place).toBeNull();
	});

	it('mutes a stream and lets it speak again', () => {
		const mutes = toggled([], tick);
		expect(begun({ mutes }).isMuted({ ...tick })).toBe(true);
		expect(toggled(mutes, { ...tick })).toEqual([]);
	});
});

describe('what the hub is asked for', () => {
	const mutes = [tick, { namespace: '/b', event: 'bar' }, { namespace: '/a', event: 'two words' }];
	it('hides by text and mutes', () => {
		expect(asked({ text: 'a OR b', mode: 'filter', mutes })).toEqual({
			query: 'a OR b\n-(ns:/a event:tick,"two words")\n-(ns:/b event:bar)', highlight: '',
		});
		expect(asked({ text: '', mode: 'filter', mutes: [] })).toEqual({ query: '', highlight: '' });
	});
	it('marks by text and hides by mutes alone', () => {
		expect(asked({ text: 'a', mode: 'highlight', mutes: [tick] })).toEqual({ query: '-(ns:/a event:tick)', highlight: 'a' });
	});
});
