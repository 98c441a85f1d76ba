import { ApiError, refusedBy } from '$lib/api/http';
import type { ClientSort, Rest } from '$lib/api/rest';
import { bytesOf } from '$lib/format/base64';
import { quoted } from '$lib/query';
import { poll } from '$lib/state/poll';
import type { Client, ClientList } from '$lib/wire';

/** How a client keeps up: nothing waits long; something does; messages were left out lately. */
export type Standing = 'keeping' | 'behind' | 'losing';

/** What happens to a client that does not read fast enough. */
export type SlowPolicy = 'drop-oldest' | 'disconnect';

/** One client with what two answers of the hub tell of it. */
export interface ClientNow {
	client: Client;
	standing: Standing;
	/** How full its outbox was in each second of the last minute, the newest last; see Levels. */
	levels: Uint8Array;
	/** Messages handed to it a second; null before the second answer. */
	perSecond: number | null;
	/** It has left, and keeps its row only because somebody is pointing at the list, or has it open. */
	gone: boolean;
}

/** How many are connected, how many of these are found, and how many of all do not keep up. */
export type Counts = Pick<ClientList, 'total' | 'found' | 'behind' | 'losing'>;

const everyMs = 1000;

/** How many clients are asked for, and how many more when somebody wants more. */
const pageSize = 300;

/** The clients of the hub, as far as somebody wants to see them. */
export class Clients {
	list = $state.raw<readonly ClientNow[]>([]);
	counts = $state.raw<Counts>({ total: 0, found: 0, behind: 0, losing: 0 });
	/** Whether the hub has answered yet. */
	known = $state(false);
	/** Why the hub did not tell; null when it did. */
	trouble = $state.raw<ApiError | null>(null);
	sort = $state<ClientSort>('slowest');
	/** Only clients in whose address, name, program, door, key, namespaces or rooms this stands. */
	find = $state('');
	/** The id of the client whose row is open. */
	opened = $state<string | null>(null);
	/** Whether it is asked if the open client should really be disconnected. */
	asking = $state(false);
	/** Why what was wanted of the open client was not done; null: it was, or nothing was wanted. */
	refusal = $state.raw<ApiError | null>(null);

	/** The open client where it is not in the list; it stands above it. */
	#apart = $state.raw<ClientNow | null>(null);
	#limit = $state(pageSize);

	readonly rows = $derived(this.#apart ? [this.#apart, ...this.list] : this.list);
	/** How many are found besides those that are listed. */
	readonly more = $derived(Math.max(0, this.counts.found - this.list.length));

	#held = false;
	#at = 0;

	constructor(private readonly rest: Rest) {}

	/** Asks once a second for what is wanted now. Returns how to stop; when something else is wanted it has to be called anew. */
	watch(): () => void {
		const wanted = { find: this.find.trim(), sort: this.sort, limit: this.#limit };
		return poll(everyMs, (signal) => this.#ask(wanted, signal));
	}

	/** While held, every row stays where it is, for someone is pointing at it. */
	set held(held: boolean) {
		this.#held = held;
		if (!held) this.list = this.list.filter((c) => !c.gone);
	}

	/** Lists in another order, from the first on. */
	arrange(sort: ClientSort): void {
		this.sort = sort;
		this.#held = false;
	}

	search(text: string): void {
		this.find = text;
		this.#limit = pageSize;
		this.#held = false;
	}

	listMore(): void {
		this.#limit += pageSize;
	}

	/** Opens one client's row; null closes it. */
	show(id: string | null): void {
		if (id === this.opened) return;
		this.opened = id;
		this.asking = false;
		this.refusal = null;
		if (this.#apart?.client.id !== id) this.#apart = null;
	}

	toggle(id: string): void {
		this.show(this.opened === id ? null : id);
	}

	/** Opens the row below (+1) or above (−1) the open one; the first when none is open. */
	step(by: 1 | -1): void {
		const now = this.rows.findIndex((c) => c.client.id === this.opened);
		const next = this.rows[now < 0 ? 0 : now + by];
		if (next) this.show(next.client.id);
	}

	/** Asks whether a client should be disconnected: there is no way back. */
	askToDisconnect(id: string): void {
		this.show(id);
		this.asking = true;
	}

	async disconnect(id: string): Promise<void> {
		this.asking = false;
		await this.#do(id, async () => {
			await this.rest.disconnect(id);
			this.list = this.list.map((c) => (c.client.id === id ? { ...c, gone: true } : c)).filter((c) => this.#held || !c.gone);
		});
	}

	/** Changes what happens when one client does not read fast enough. */
	async setPolicy(id: string, policy: SlowPolicy): Promise<void> {
		await this.#do(id, async () => {
			const client = await this.rest.setSlowPolicy(id, policy);
			this.list = this.list.map((c) => (c.client.id === id ? { ...c, client } : c));
			if (this.#apart?.client.id === id) this.#apart = { ...this.#apart, client };
		});
	}

	/** One client by its id, be it listed or not; null when it is not connected any more. */
	async who(id: string, signal: AbortSignal): Promise<Client | null> {
		return this.rows.find((c) => c.client.id === id)?.client ?? (await this.#fetch(id, signal));
	}

	/** Takes in an answer of the hub; now is in ms on any steady clock. */
	take(answer: ClientList, now: number): void {
		const before = new Map(this.list.map((c) => [c.client.id, c.client]));
		const seconds = (now - this.#at) / 1000;
		const all = answer.clients.map((client) => nowOf(client, before.get(client.id), seconds));
		this.#at = now;
		this.counts = answer;
		this.known = true;
		if (!this.#held) {
			this.list = all;
			return;
		}
		const known = new Map(all.map((c) => [c.client.id, c]));
		const kept = this.list.map((c): ClientNow => known.get(c.client.id) ?? { ...c, gone: true });
		this.list = [...kept, ...all.filter((c) => !before.has(c.client.id))];
	}

	async #ask(wanted: { find: string; sort: ClientSort; limit: number }, signal: AbortSignal): Promise<void> {
		try {
			this.take(await this.rest.clients(wanted, signal), performance.now());
			await this.#askApart(signal);
			this.trouble = null;
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof ApiError)) throw error;
			this.trouble = error;
		}
	}

	/** Asks for the open client if the list does not have it. */
	async #askApart(signal: AbortSignal): Promise<void> {
		const id = this.opened;
		if (id === null || this.list.some((c) => c.client.id === id)) {
			this.#apart = null;
			return;
		}
		const was = this.#apart;
		if (was?.gone) return; // ids are never used twice
		const client = await this.#fetch(id, signal);
		if (id !== this.opened || signal.aborted) return;
		if (client) this.#apart = nowOf(client, was?.client, everyMs / 1000);
		else if (was) this.#apart = { ...was, gone: true };
		else this.show(null); // it left before anybody saw it
	}

	async #fetch(id: string, signal: AbortSignal): Promise<Client | null> {
		try {
			return await this.rest.client(id, signal);
		} catch (error) {
			if ((error instanceof ApiError && error.status === 404) || signal.aborted) return null;
			throw error;
		}
	}

	async #do(id: string, act: () => Promise<void>): Promise<void> {
		this.refusal = null;
		const refusal = await refusedBy(act);
		if (refusal && this.opened === id) this.refusal = refusal;
	}
}

function nowOf(client: Client, was: Client | undefined, seconds: number): ClientNow {
	return {
		client,
		standing: client.standing as Standing,
		levels: bytesOf(client.levels),
		perSecond: was && seconds > 0 ? Math.max(0, (client.sent - was.sent) / seconds) : null,
		gone: false,
	};
}

/** How full a client's outbox is: the larger of both shares, 0 to 1. */
export function fillOf(c: Client): number {
	return Math.min(1, Math.max(c.lag_frames / Math.max(1, c.max_frames), c.lag_bytes / Math.max(1, c.max_bytes)));
}

/** The query that selects what a client gets: what is for everybody in its namespaces, or for one of its rooms; "" selects all. */
export function queryOf({ namespaces, rooms }: Client): string {
	const terms: string[] = [];
	if (namespaces.length > 0) terms.push(`ns:${namespaces.map(quoted).join(',')}`);
	if (rooms.length > 0) terms.push(`(room:${rooms.map(quoted).join(',')} OR -room:*)`);
	return terms.join(' ');
}
