import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { Host } from '$lib/host/host';
import { save, SaveError } from '$lib/host/save';
import type { Experiment as Found, NewExperiment } from '$lib/wire';

/** Why something was not done, as it was said. */
type Refused = { code?: string; message: string; hint: string };

/** The comparison of ways to emit, and what the hub has found so far. */
export class Experiment {
	/** As the hub told last; null before its first answer. */
	found = $state.raw<Found | null>(null);
	/** Whether Python with Flask-SocketIO is to take part. */
	flask = $state(false);
	/** Why the newest act was not done; null: it was. */
	refusal = $state.raw<Refused | null>(null);
	/** Whether the hub has yet to answer to the newest act. */
	waiting = $state(false);

	constructor(
		private readonly rest: Rest,
		private readonly host: Host,
	) {}

	/** What the hub tells by itself, a step at a time. */
	learn(found: Found): void {
		this.found = found;
	}

	/** Asks how far it is. */
	look(): Promise<void> {
		return this.#do(async () => this.learn(await this.rest.experiment()));
	}

	start(): Promise<void> {
		const how: NewExperiment = this.flask ? { flask: true } : {};
		return this.#do(async () => this.learn(await this.rest.startExperiment(how)));
	}

	cancel(): Promise<void> {
		return this.#do(async () => this.learn(await this.rest.cancelExperiment()));
	}

	/** Saves every interval as a file. */
	keep(format: 'csv' | 'json'): Promise<void> {
		return this.#do(async () => {
			await save(this.host, `/api/v1/experiment/raw?format=${format}`, `emitscope-experiment.${format}`, this.rest.key);
		});
	}

	async #do(act: () => Promise<void>): Promise<void> {
		this.waiting = true;
		this.refusal = null;
		try {
			await act();
		} catch (error) {
			if (!(error instanceof ApiError || error instanceof SaveError)) throw error;
			this.refusal = error;
		} finally {
			this.waiting = false;
		}
	}
}
