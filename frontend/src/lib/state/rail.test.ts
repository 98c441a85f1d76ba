import { expect, it } from 'vitest';
import { Rail } from '$lib/state/rail.svelte';
import type { Group } from '$lib/state/streams.svelte';

const group = (namespace: string, ...events: string[]): Group => ({
	namespace,
	perSecond: 1,
	streams: events.map((event) => ({ namespace, event, perSecond: 1, agoMs: 0, colour: 1, history: [] })),
});
const groups = [group('/ws/market', 'tick', 'quote'), group('/ws', 'message', 'ticket')];
const events = (rail: Rail) => rail.shown(groups).map((g) => g.streams.map((s) => s.event));

it('lists no stream of a namespace that is folded', () => {
	const rail = new Rail();
	rail.toggle('/ws');
	expect(events(rail)).toEqual([['tick', 'quote'], []]);
	rail.toggle('/ws');
	expect(events(rail)).toEqual([['tick', 'quote'], ['message', 'ticket']]);
});

it('finds streams by a part of their name or of their namespace, in folded ones too', () => {
	const rail = new Rail();
	rail.toggle('/ws');
	rail.wanted = ' TICK ';
	expect(events(rail)).toEqual([['tick'], ['ticket']]);
	rail.wanted = 'market';
	expect(events(rail)).toEqual([['tick', 'quote']]);
});
