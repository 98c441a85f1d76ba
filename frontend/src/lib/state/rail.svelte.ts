import { SvelteSet } from 'svelte/reactivity';
import { recall, remember } from '$lib/host/remember';
import type { Group } from '$lib/state/streams.svelte';

/** How the list of streams is looked at. */
export class Rail {
	/** Namespaces whose streams are not listed; remembered. */
	readonly folded = new SvelteSet(namesIn(recall('folded')));
	/** What a stream's name must contain; empty: anything. Null: nobody looks for one. */
	wanted = $state<string | null>(null);

	toggle(namespace: string): void {
		if (!this.folded.delete(namespace)) this.folded.add(namespace);
		remember('folded', JSON.stringify([...this.folded]));
	}

	/** The groups with the streams that are to be listed. What is looked for is found in folded groups as well. */
	shown(groups: readonly Group[]): readonly Group[] {
		const text = this.wanted?.trim().toLowerCase() ?? '';
		if (text === '') return groups.map((g) => (this.folded.has(g.namespace) ? { ...g, streams: [] } : g));
		return groups
			.map((g) => (g.namespace.toLowerCase().includes(text) ? g : { ...g, streams: g.streams.filter((s) => s.event.toLowerCase().includes(text)) }))
			.filter((g) => g.streams.length > 0);
	}
}

/** What was remembered may be anything. */
function namesIn(text: string | null): string[] {
	try {
		const names: unknown = JSON.parse(text ?? '[]');
		return Array.isArray(names) ? names.filter((n) => typeof n === 'string') : [];
	} catch {
		return [];
	}
}
