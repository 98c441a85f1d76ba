import { isLoopback } from '$lib/host/loopback';
import { withHash } from '$lib/host/link';
import { copy, open } from '$lib/host/outside';
import { streamQuery } from '$lib/query';
import { capsOf, shortcuts } from '$lib/shortcuts';
import { type Address, screenNames } from '$lib/state/address.svelte';
import type { Thing } from '$lib/state/found.svelte';
import type { Hub } from '$lib/state/hub.svelte';
import { type Sheets, sections } from '$lib/state/sheets.svelte';
import type { Themes } from '$lib/state/theme.svelte';
import type { Language } from '$messages';

/** What the things act on. */
export interface World {
	hub: Hub;
	address: Address;
	sheets: Sheets;
	themes: Themes;
	language: Language;
}

/** Everything that can be found but what was typed itself. */
export function thingsOf(world: World): Thing[] {
	return [...screensOf(world), ...actsOf(world), ...placesOf(world), ...keptOf(world), ...settingsOf(world)];
}

/** What was typed, as a message's number or as a query. */
export function typedOf({ hub, address, language }: World, typed: string, onmissing: (why: string) => void): Thing[] {
	const text = typed.trim();
	if (text === '') return [];
	const w = language.words.find;
	const digits = text.replace(/^#|[\s,]/g, '');
	const number: Thing = {
		id: 'message',
		part: 'message',
		text: w.message(digits),
		always: true,
		run: async () => {
			const error = await hub.show(Number(digits));
			if (error) onmissing(error.code === 'not_found' ? w.gone(digits) : language.words.trouble.lost);
			else address.go('live');
			return error === null;
		},
	};
	const query: Thing = {
		id: 'query',
		part: 'query',
		text: w.query(text),
		always: true,
		run: () => {
			address.go('live');
			void hub.ask(text);
		},
	};
	return /^[1-9]\d{0,14}$/.test(digits) ? [number, query] : [query];
}

function screensOf({ address, language }: World): Thing[] {
	const w = language.words;
	return screenNames.map((name, i) => ({
		id: `screen ${name}`,
		part: 'screens',
		text: name === 'live' ? w.bar.live : w[name].name,
		note: shortcuts.page.screens[i] ?? '',
		also: name,
		run: () => address.go(name),
	}));
}

function actsOf({ hub, address, sheets, themes, language }: World): Thing[] {
	const w = language.words;
	const caps = (key: string) => capsOf(key, w.help.space).join(' ');
	const act = (id: string, text: string, run: () => unknown, key?: string): Thing => ({
		id, part: 'acts', text, also: id, run, ...(key === undefined ? {} : { note: caps(key) }),
	});
	const { messages, connection } = hub;
	const acts = [
		act('pause', messages.paused ? w.find.goOn : w.find.pause, () => hub.togglePause(), shortcuts.live.pause[0]),
		act('theme', w.find.theme, () => themes.toggle(), shortcuts.page.theme[0]),
		act('language', w.bar.language, () => language.toggle()),
		act('link', w.find.link, () => copy(linkTo(hub, address))),
		act('alerts bell', w.alerts.title, () => hub.alerts.show()),
		act('keys help', w.help.title, () => sheets.show('help'), shortcuts.page.help[0]),
		act('about version', w.program.about.title, () => sheets.show('about')),
	];
	if (hub.host.inWindow) {
		acts.push(
			act('browser', w.program.about.browser, () => open(hub.host.http)),
			act('updates version', w.program.about.updates, () => sheets.show('updates')),
		);
	}
	if (messages.selected) acts.push(act('copy message', w.find.copyMessage, () => hub.copySelected(), shortcuts.live.copy[0]));
	if (connection.stale) acts.unshift(act('connect', w.bar.retry, () => hub.retry()));
	if (!hub.session.local) acts.push(act('key access', w.access.button, () => (hub.session.asking = true)));
	if (hub.isAdmin) {
		const { recordings } = hub;
		const [one] = recordings.running;
		acts.push(
			act('record tape', one ? w.record.stop(one.name).replace(/\s*[(（].*/, '') : w.record.start, () => recordings.toggle(hub.clock.now(), w.locale), shortcuts.page.record[0]),
			act('keep flight recorder', w.record.keep, () => recordings.keep(), shortcuts.page.keep[0]),
			act('share', w.bar.shareTip.replace(/\s*[(（].*/, ''), () => (hub.sharing.open = true), shortcuts.page.share[0]),
			hub.simulators.demo
				? act('demo simulator', w.simulator.demo.stop, () => hub.simulators.runDemo(false))
				: act('demo simulator', w.simulator.demo.start, () => hub.simulators.runDemo(true)),
			act('audit', w.audit.title, () => (hub.audit.open = true)),
		);
	}
	return acts;
}

function placesOf({ hub, address }: World): Thing[] {
	const streams = hub.streams.groups.flatMap((g) =>
		g.streams.map((s): Thing => ({
			id: `stream ${s.namespace} ${s.event}`,
			part: 'streams',
			text: s.event,
			note: s.namespace,
			also: `${s.namespace} ${s.event}`,
			run: () => {
				address.go('live');
				void hub.ask(streamQuery(s));
			},
		})),
	);
	const lanes = hub.lanes.list.map(({ namespace }): Thing => ({
		id: `lane ${namespace}`,
		part: 'lanes',
		text: namespace,
		run: () => {
			hub.timeline.choose(namespace);
			address.go('timing');
		},
	}));
	const clients = hub.clients.list.map(({ client }): Thing => ({
		id: `client ${client.id}`,
		part: 'clients',
		text: client.address,
		note: [client.door, client.key, ...client.namespaces].filter(Boolean).join(' · '),
		also: [client.key, ...client.namespaces, client.id].join(' '),
		run: () => {
			hub.clients.show(client.id);
			address.go('clients');
		},
	}));
	const recordings = hub.recordings.list.map(({ name }): Thing => ({
		id: `recording ${name}`,
		part: 'recordings',
		text: name,
		run: () => {
			hub.recordings.choose(name);
			address.go('tape');
		},
	}));
	return [...streams, ...lanes, ...clients, ...recordings];
}

/** What people gave a name to. */
function keptOf({ hub, address }: World): Thing[] {
	const queries = (hub.saved.all ?? []).map(({ name, query }): Thing => ({
		id: `saved ${name}`,
		part: 'queries',
		text: name,
		note: query,
		also: query,
		run: () => {
			address.go('live');
			void hub.ask(query);
		},
	}));
	const boards = (hub.boards.all ?? []).map(({ name }): Thing => ({
		id: `board ${name}`,
		part: 'boards',
		text: name,
		run: () => {
			address.go('live');
			hub.boards.open(name);
		},
	}));
	return [...queries, ...boards];
}

function settingsOf({ hub, sheets, language }: World): Thing[] {
	const w = language.words.settings;
	const entry = (text: string, section: (typeof sections)[number], also: string): Thing => ({
		id: `setting ${also}`, part: 'settings', text, note: w.title, also, run: () => sheets.show('settings', section),
	});
	return [
		entry(w.zone, 'general', 'time zone clock'),
		entry(w.size, 'general', 'density size type'),
		entry(w.letters, 'general', 'single letter keys shortcuts'),
		entry(w.section.lanes, 'lanes', 'lanes reset pace'),
		entry(w.section.limits, 'limits', 'limits'),
		...(hub.isAdmin ? [entry(w.section.data, 'data', 'data folder backup clear delete')] : []),
	];
}

/** A link that opens what is looked at now, on whatever machine reaches the hub. */
export function linkTo(hub: Hub, address: Address): string {
	const { sharing } = hub.connection;
	const own = hub.host.http;
	const base = sharing?.on && isLoopback(new URL(own).host) ? `${new URL(own).protocol}//${sharing.address}` : own;
	return withHash(`${base}/`, address.of(address.screen));
}
