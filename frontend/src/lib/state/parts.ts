import { parseTime, wireMicros } from '$lib/format/time';
import type { StreamName } from '$lib/query';
import type { Part } from '$lib/state/address.svelte';
import { panelNames } from '$lib/state/compose.svelte';
import type { Hub } from '$lib/state/hub.svelte';
import { firstMeasure, isMeasure } from '$lib/state/measures';
import type { Span } from '$lib/state/recordings.svelte';
import type { Wanted } from '$lib/state/query.svelte';
import { allLanes, firstSpan, isSpan } from '$lib/state/timeline.svelte';

/** What the address calls all lanes together; a lane's name begins with a slash. */
const all = 'all';

/** Everything an address can say of a hub's screens, in the order in which it says it. */
export function partsOf(hub: Hub): Part[] {
	const { query, messages, boards, timeline, clients, compose, cursor, recordings } = hub;

	/** What is wanted of the list comes in parts, and is asked for at once; nobody but the hub can say whether it is a query. */
	let wanted: Partial<Wanted> = {};
	let asking: Promise<void> | null = null;
	const seek = (part: Partial<Wanted>) => {
		wanted = { ...wanted, ...part };
		asking ??= hub.met.then(() => {
			const all = wanted;
			wanted = {};
			asking = null;
			return hub.seek(all);
		});
		return asking;
	};

	return [
		{
			screen: 'live',
			name: 'q',
			isPlace: true,
			read: () => query.text,
			show: (text) => seek({ text }),
		},
		{
			screen: 'live',
			name: 'mode',
			read: () => (query.mode === 'highlight' ? query.mode : ''),
			show: (text) => seek({ mode: text === 'highlight' ? text : 'filter' }),
		},
		{
			screen: 'live',
			name: 'mute',
			read: () => query.mutes.map(({ namespace, event }) => `${namespace} ${event}`).join('\n'),
			show: (text) => seek({ mutes: streamsIn(text) }),
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
			screen: 'live',
			name: 'board',
			read: () => boards.name,
			show: async (text) => {
				if (text === '') return; // who follows a link to messages keeps the plots beside them
				await hub.met;
				await boards.list();
				boards.open(text);
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
			screen: 'timing',
			name: 'zoom',
			read: () => (cursor.zoom ? `${iso(cursor.zoom.from)},${iso(cursor.zoom.to)}` : ''),
			show: (text) => {
				const [from = Number.NaN, to = Number.NaN] = text.split(',').map((time) => Date.parse(time));
				cursor.zoom = from < to ? { from, to } : null;
			},
		},
		{
			screen: 'clients',
			name: 'id',
			read: () => clients.opened ?? '',
			show: (text) => clients.show(text || null),
		},
		{
			screen: 'tape',
			name: 'rec',
			isPlace: true,
			read: () => recordings.chosen,
			show: (text) => recordings.choose(text),
		},
		{
			screen: 'tape',
			name: 'a',
			read: () => spanText(recordings.a, recordings.chosen),
			show: (text) => void (recordings.a = spanIn(text, recordings.chosen)),
		},
		{
			screen: 'tape',
			name: 'b',
			read: () => spanText(recordings.b, recordings.chosen),
			show: (text) => void (recordings.b = spanIn(text, recordings.chosen)),
		},
		{
			screen: 'tape',
			name: 'find',
			read: () => (recordings.sought === null ? '' : recordings.sought || '*'),
			show: (text) => void (recordings.sought = text === '' ? null : text === '*' ? '' : text),
		},
		{
			screen: 'compose',
			name: 'panel',
			read: () => compose.panel ?? '',
			show: (text) => void (compose.panel = panelNames.find((name) => name === text) ?? null),
		},
	];
}

function iso(ms: number): string {
	return new Date(ms).toISOString();
}

/** A span as an address says it: its times, and its recording where that is not the one that is open. */
function spanText(span: Span | null, open: string): string {
	if (!span) return '';
	return [wireMicros(span.from), wireMicros(span.to), ...(span.recording === open ? [] : [span.recording])].join(',');
}

function spanIn(text: string, open: string): Span | null {
	const [from = '', to = '', ...name] = text.split(',');
	const span = { recording: name.join(',') || open, from: parseTime(from), to: parseTime(to) };
	return span.from < span.to ? span : null;
}

/** The streams that are named, one a line; a namespace has no white space. */
function streamsIn(text: string): StreamName[] {
	return text.split('\n').flatMap((line) => {
		const [, namespace, event] = /^(\/\S*) (.+)$/.exec(line) ?? [];
		return namespace !== undefined && event !== undefined ? [{ namespace, event }] : [];
	});
}
