import { type Edit, edit, edits } from '$lib/host/edit';
import type { Act } from '$lib/host/native';
import { type Address, type ScreenName, screenNames } from '$lib/state/address.svelte';
import type { Hub } from '$lib/state/hub.svelte';
import type { Sheets } from '$lib/state/sheets.svelte';
import { tapeOf } from '$lib/state/tape.svelte';
import { language } from '$messages';

/** What acts act on. */
export interface Stage {
	hub: Hub;
	address: Address;
	sheets: Sheets;
}

/** Does what a person chose in a menu, or shows what happened outside the page (app/acts.go). */
export async function perform(act: Act, { hub, address, sheets }: Stage): Promise<void> {
	if (isScreen(act.name)) return address.go(act.name);
	if (isEdit(act.name)) return edit(act.name);
	switch (act.name) {
		case 'find':
		case 'help':
		case 'settings':
		case 'about':
		case 'updates':
			return sheets.show(act.name);
		case 'leave':
		case 'unopened':
			sheets.act = act;
			return sheets.show(act.name);
		case 'record':
			await hub.recordings.refresh(); // a hidden page may not know yet what has begun
			return hub.recordings.toggle(hub.clock.now(), language.words.locale);
		case 'keep':
			return hub.recordings.keep();
		case 'export':
			address.go('tape');
			await hub.recordings.refresh();
			if (hub.recordings.open) tapeOf(hub).dialog = 'export';
			return;
		case 'recording':
			sheets.close();
			await hub.recordings.refresh();
			hub.recordings.choose(act.text);
			return address.go('tape');
	}
}

const isScreen = (name: string): name is ScreenName => screenNames.some((s) => s === name);
const isEdit = (name: string): name is Edit => edits.some((e) => e === name);
