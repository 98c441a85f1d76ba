import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { Host } from '$lib/host/host';
import { save, SaveError } from '$lib/host/save';

/** Messages saved to a file, as lines of JSON. */
export class Exporting {
	/** Why the newest file could not be saved; null: it was, or the browser sees to it. */
	refusal = $state.raw<{ code?: string; message: string; hint: string } | null>(null);

	constructor(
		private readonly rest: Rest,
		private readonly host: Host,
	) {}

	/** Saves all messages that the hub keeps and a query selects, oldest first. */
	async messages(query: string, name: string): Promise<void> {
		this.refusal = null;
		try {
			await save(this.host, `/api/v1/messages?${new URLSearchParams({ q: query, format: 'ndjson' })}`, name, this.rest.key);
		} catch (error) {
			if (!(error instanceof ApiError || error instanceof SaveError)) throw error;
			this.refusal = error;
		}
	}
}
