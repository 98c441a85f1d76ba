import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { SavedQuery } from '$lib/wire';

/** The queries that people saved in the hub. */
export class Saved {
	/** By name; null as long as nobody knows. */
	queries = $state.raw<readonly SavedQuery[] | null>(null);
	/** Why the hub did not do what was asked for last; null when it did. */
	refusal = $state.raw<ApiError | null>(null);

	constructor(private readonly rest: Rest) {}

	/** Asks for all of them. */
	async list(): Promise<void> {
		await this.#try(async () => {
			this.queries = await this.rest.queries();
		});
	}

	/** Saves a query, in the place of the one that has the name, and says whether the hub did. */
	async save(name: string, query: string): Promise<boolean> {
		return this.#try(async () => {
			const saved = await this.rest.saveQuery(name, query);
			const others = (this.queries ?? []).filter((q) => q.name !== name);
			this.queries = [...others, saved].sort((a, b) => (a.name < b.name ? -1 : 1)); // as the hub lists them
		});
	}

	/** Forgets a query, and says whether the hub did. */
	async remove(name: string): Promise<boolean> {
		return this.#try(async () => {
			await this.rest.removeQuery(name);
			this.queries = this.queries?.filter((q) => q.name !== name) ?? null;
		});
	}

	async #try(task: () => Promise<void>): Promise<boolean> {
		try {
			await task();
			this.refusal = null;
			return true;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.refusal = error;
			return false;
		}
	}
}
