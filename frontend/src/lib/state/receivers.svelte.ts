import type { Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { Client } from '$lib/wire';

const everyMs = 2000;

/** So many are listed to be chosen from. */
const listed = 300;

/** The clients that a message to one namespace would reach. */
export class Receivers {
	/** The newest first. */
	list = $state.raw<readonly Client[]>([]);
	/** How many there are; null before the hub has said. */
	count = $state<number | null>(null);

	constructor(private readonly rest: Rest) {}

	/** Asks again and again who is in a namespace. Returns how to stop. */
	watch(namespace: string): () => void {
		return poll(everyMs, async (signal) => {
			const { clients, found } = await this.rest.clients({ find: namespace, sort: 'newest', limit: listed }, signal);
			this.list = clients.filter((c) => c.namespaces.includes(namespace));
			// Of more than are listed it is known only where the name stands somewhere.
			this.count = found > clients.length ? found : this.list.length;
		});
	}
}
