import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { type Draft, toSaved } from '$lib/state/draft';
import type { SavedDraft } from '$lib/wire';

/** The messages that people saved in the hub, to be sent again. */
export class Drafts {
	/** By name; null as long as nobody knows. */
	saved = $state.raw<readonly SavedDraft[] | null>(null);
	/** Why the hub did not do what was asked for last; null when it did. */
	refusal = $state.raw<ApiError | null>(null);

	constructor(private readonly rest: Rest) {}

	/** Asks for all of them. */
	async list(): Promise<void> {
		await this.#try(async () => {
			this.saved = await this.rest.drafts();
		});
	}

	/** Saves a message, in the place of the one that has the name, and says whether the hub did. */
	async save(name: string, draft: Draft): Promise<boolean> {
		return this.#try(async () => {
			const saved = await this.rest.saveDraft(name, toSaved(draft));
			const others = (this.saved ?? []).filter((d) => d.name !== name);
			this.saved = [...others, saved].sort((a, b) => (a.name < b.name ? -1 : 1)); // as the hub lists them
		});
	}

	/** Forgets one, and says whether the hub did. */
	async remove(name: string): Promise<boolean> {
		return this.#try(async () => {
			await this.rest.removeDraft(name);
			this.saved = this.saved?.filter((d) => d.name !== name) ?? null;
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
