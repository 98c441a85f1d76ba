import { type ApiError, refusedBy } from '$lib/api/http';
import type { Whole } from '$lib/api/rest';
import type { TapeApi } from '$lib/api/tape';

const pageRows = 200;

/** The hub looks at a limited number of messages for each page: so many that have nothing are asked for by themselves. */
const mostEmpty = 20;

/** The messages of a recording that a query selects, newest first; older ones are fetched as somebody comes to them. */
export class Listed {
	rows = $state.raw<readonly Whole[]>([]);
	/** Whether the hub has answered yet. */
	known = $state(false);
	/** Whether there may be older ones. */
	more = $state(false);
	asking = $state(false);
	/** Why the hub did not tell; null: it did. */
	refusal = $state.raw<ApiError | null>(null);
	selected = $state.raw<Whole | null>(null);

	#name = '';
	#query = '';
	#before = 0;
	#leaving = new AbortController();

	/** learn is told of what has come. */
	constructor(
		private readonly api: TapeApi,
		private readonly learn: (rows: readonly Whole[]) => void = () => {},
	) {}

	/** Lists what a query selects, from the newest on. */
	async list(name: string, query: string): Promise<void> {
		this.leave();
		this.#name = name;
		this.#query = query;
		this.#before = 0;
		this.rows = [];
		this.selected = null;
		this.known = false;
		this.more = true;
		this.refusal = null;
		await this.older();
	}

	/** Fetches the page before the oldest row. */
	async older(): Promise<void> {
		if (this.asking || !this.more) return;
		const { signal } = this.#leaving;
		this.asking = true;
		try {
			const refusal = await refusedBy(() => this.#fetch(signal));
			if (signal.aborted) return;
			this.refusal = refusal;
			if (refusal) this.more = false;
			this.known = true;
		} catch (error) {
			if (!signal.aborted) throw error;
		} finally {
			if (!signal.aborted) this.asking = false;
		}
	}

	leave(): void {
		this.#leaving.abort();
		this.#leaving = new AbortController();
		this.asking = false;
	}

	/** Selects the next older (+1) or newer (−1) row. Returns its place; −1: there is none. */
	step(by: 1 | -1): number {
		const now = this.selected ? this.rows.indexOf(this.selected) : -1;
		const next = now < 0 ? 0 : now + by;
		const row = this.rows[next];
		if (!row) return -1;
		this.selected = row;
		return next;
	}

	async #fetch(signal: AbortSignal): Promise<void> {
		for (let empty = 0; this.more && empty < mostEmpty; empty++) {
			const { messages, before } = await this.api.messages(this.#name, this.#query, this.#before, pageRows, signal);
			if (signal.aborted) return;
			this.#before = before ?? 0;
			this.more = before !== null;
			if (messages.length === 0) continue;
			this.learn(messages);
			this.rows = [...this.rows, ...messages];
			return;
		}
	}
}
