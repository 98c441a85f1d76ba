import { ApiError, type Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { Client } from '$lib/wire';

/** How a client keeps up: nothing waits long; something does; messages were left out lately. */
export type Standing = 'keeps' | 'behind' | 'losing';

/** One client with what two answers of the hub tell of it. */
export interface ClientNow {
	client: Client;
	standing: Standing;
	/** Messages handed to it a second; null before the second answer. */
	perSecond: number | null;
	/** How long ago it was last seen to miss messages, in ms; null: not since the page knows of it. */
	missedAgoMs: number | null;
	/** It has left, and keeps its row only because somebody is pointing at the list. */
	gone: boolean;
}

/** From when on a client falls behind: the oldest of what waits for it has waited so long, in ms. */
export const behindMs = 250;

/** How long a client that missed messages counts as losing, in ms; the same as in the hub's count of slow ones. */
const losingMs = 10_000;

const everyMs = 1000;

const rank: Record<Standing, number> = { losing: 0, behind: 1, keeps: 2 };

/** Every client of the hub, the worst first. */
export class Clients {
	list = $state.raw<readonly ClientNow[]>([]);
	/** Whether the hub has answered yet. */
	known = $state(false);
	/** Why the hub did not tell; null when it did. */
	trouble = $state.raw<ApiError | null>(null);
	/** The id of the client whose row is open. */
	open = $state<string | null>(null);
	/** Why the open client was not disconnected; null when nobody tried, or it was. */
	refusal = $state.raw<ApiError | null>(null);
	/** Only clients in whose address, door, key, namespaces or rooms this stands. */
	find = $state('');

	/** How many are connected, and how many of these do not keep up. */
	readonly counts = $derived(countsOf(this.list));
	readonly shown = $derived.by(() => {
		const wanted = this.find.trim().toLowerCase();
		return wanted ? this.list.filter((c) => textOf(c.client).includes(wanted)) : this.list;
	});

	#held = false;
	#at = 0;
	#missedAt = new Map<string, number>();

	constructor(private readonly rest: Rest) {}

	/** Asks once a second. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** While held, every row stays where it is, for someone is pointing at it. */
	set held(held: boolean) {
		this.#held = held;
		if (!held) this.list = sorted(this.list.filter((c) => !c.gone));
	}

	/** Opens one client's row; the same one again closes it. */
	toggle(id: string | null): void {
		this.open = this.open === id ? null : id;
		this.refusal = null;
	}

	/** Opens the row below (+1) or above (−1) the open one; the first when none is open. */
	step(by: 1 | -1): void {
		const now = this.shown.findIndex((c) => c.client.id === this.open);
		const next = this.shown[now < 0 ? 0 : now + by];
		if (next) this.toggle(next.client.id);
	}

	async disconnect(id: string): Promise<void> {
		this.refusal = null;
		try {
			await this.rest.disconnect(id);
			this.#show(this.list.filter((c) => c.client.id !== id && !c.gone));
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (this.open === id) this.refusal = error;
		}
	}

	/** Takes in an answer of the hub; now is in ms on any steady clock. */
	take(answer: readonly Client[], now: number): void {
		const before = new Map(this.list.map((c) => [c.client.id, c.client]));
		const seconds = (now - this.#at) / 1000;
		const missedAt = new Map<string, number>();
		const all = answer.map((client): ClientNow => {
			const was = before.get(client.id);
			const at = was && client.missed > was.missed ? now : this.#missedAt.get(client.id);
			if (at !== undefined) missedAt.set(client.id, at);
			const missedAgoMs = at === undefined ? null : now - at;
			return {
				client,
				standing: standingOf(client, missedAgoMs),
				perSecond: was && seconds > 0 ? Math.max(0, (client.sent - was.sent) / seconds) : null,
				missedAgoMs,
				gone: false,
			};
		});
		this.#at = now;
		this.#missedAt = missedAt;
		this.#show(all);
	}

	#show(all: readonly ClientNow[]): void {
		this.known = true;
		if (this.#held) {
			const now = new Map(all.map((c) => [c.client.id, c]));
			const kept = this.list.map((c): ClientNow => now.get(c.client.id) ?? { ...c, standing: 'keeps', gone: true });
			const known = new Set(this.list.map((c) => c.client.id));
			this.list = [...kept, ...all.filter((c) => !known.has(c.client.id))];
		} else this.list = sorted(all);
	}

	async #ask(signal: AbortSignal): Promise<void> {
		try {
			this.take(await this.rest.clients(signal), performance.now());
			this.trouble = null;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.trouble = error;
		}
	}
}

function standingOf(client: Client, missedAgoMs: number | null): Standing {
	if (missedAgoMs !== null && missedAgoMs < losingMs) return 'losing';
	return client.lag_ms >= behindMs ? 'behind' : 'keeps';
}

/**
 * The worst first. What waits for a client that keeps up changes all the time
 * and says nothing. Of thousands of clients nearly all are as they should be:
 * those stay in the hub's order, and only the others are sorted.
 */
function sorted(list: readonly ClientNow[]): readonly ClientNow[] {
	const isFine = (c: ClientNow) => c.standing === 'keeps' && c.client.missed === 0;
	const waits = (c: ClientNow) => (c.standing === 'keeps' ? 0 : c.client.lag_ms);
	const worst = list.filter((c) => !isFine(c));
	worst.sort((a, b) => rank[a.standing] - rank[b.standing] || waits(b) - waits(a) || b.client.missed - a.client.missed);
	return [...worst, ...list.filter(isFine)];
}

function countsOf(list: readonly ClientNow[]): { all: number; behind: number; losing: number } {
	const counts = { all: 0, behind: 0, losing: 0 };
	for (const c of list) {
		if (c.gone) continue;
		counts.all++;
		if (c.standing !== 'keeps') counts[c.standing]++;
	}
	return counts;
}

function textOf(c: Client): string {
	return [c.address, c.door, c.transport, c.key ?? '', ...c.namespaces, ...c.rooms].join(' ').toLowerCase();
}
