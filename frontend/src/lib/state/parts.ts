import type { Part } from '$lib/state/address.svelte';
import type { Hub } from '$lib/state/hub.svelte';
import { firstMeasure, isMeasure } from '$lib/state/measures';
import { allLanes, firstSpan, isSpan } from '$lib/state/timeline.svelte';

/** What the address calls all lanes together; a lane's name begins with a slash. */
const all = 'all';

/** Everything an address can say of a hub's screens, in the order in which it says it. */
export function partsOf(hub: Hub): Part[] {
	const { query, messages, timeline, clients } = hub;
	return [
		{
			screen: 'live',
			name: 'q',
			isPlace: true,
			read: () => query.text,
			show: async (text) => {
				await hub.met; // nobody else can say whether it is a query
				await hub.ask(text);
			},
		},
		{
			screen: 'live',
			name: 'seq',
			read: () => String(messages.selected?.seq ?? ''),
			show: async (text) => {
				if (!/^[1-9]\d{0,14}$/.test(text)) return hub.select(null);
				await hub.met;
				await hub.show(Number(text));
			},
		},
		{
			screen: 'timing',
			name: 'lane',
			read: () => (timeline.chosen ? timeline.namespace || all : ''),
			show: (text) => {
				if (text === all) timeline.choose(allLanes);
				else if (/^\/\S+$/.test(text)) timeline.choose(text);
			},
		},
		{
			screen: 'timing',
			name: 'span',
			read: () => (timeline.span === firstSpan ? '' : timeline.span),
			show: (text) => timeline.look(isSpan(text) ? text : firstSpan),
		},
		{
			screen: 'timing',
			name: 'spread',
			read: () => (timeline.measure === firstMeasure ? '' : timeline.measure),
			show: (text) => void (timeline.measure = isMeasure(text) ? text : firstMeasure),
		},
		{
			screen: 'clients',
			name: 'id',
			read: () => clients.opened ?? '',
			show: (text) => clients.show(text || null),
		},
	];
}
