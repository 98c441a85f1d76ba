import { ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { Host } from '$lib/host/host';
import { save, SaveError } from '$lib/host/save';
import type { Lanes } from '$lib/state/lanes.svelte';
import { poll } from '$lib/state/poll';
import type { About, Erased } from '$lib/wire';

const everyMs = 5000;

/** What a reader may have the hub do with what it keeps. */
export type KeepingAct = 'backup' | 'clear' | 'erase' | 'reset';

/** What became of an act. */
export type KeepingEnd =
	| { kind: 'saved' | 'begun' }
	| { kind: 'cleared'; messages: number }
	| { kind: 'erased'; erased: Erased }
	| { kind: 'failed'; code: string; message: string; hint: string };

/** What the hub keeps, on disk and in memory. */
export class Keeping {
	/** As the hub told last; null before its first answer. */
	about = $state.raw<About | null>(null);
	/** What became of each act when it was done last. */
	ends = $state.raw<{ readonly [act in KeepingAct]?: KeepingEnd | undefined }>({});

	constructor(
		private readonly rest: Rest,
		private readonly host: Host,
		private readonly lanes: Lanes,
	) {}

	/** Asks again and again. Returns how to stop. */
	watch(): () => void {
		this.ends = {};
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	backup(): Promise<void> {
		const name = `emitscope-${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}.zip`;
		return this.#do('backup', async () => {
			const end = await save(this.host, '/api/v1/backup', name, this.rest.key);
			return end === 'cancelled' ? undefined : { kind: end };
		});
	}

	clear(): Promise<void> {
		return this.#do('clear', async () => ({ kind: 'cleared', messages: await this.rest.clearMessages() }));
	}

	erase(): Promise<void> {
		return this.#do('erase', async () => ({ kind: 'erased', erased: await this.rest.deleteData() }));
	}

	/** Gives a lane the settings that the file or the defaults say. */
	reset(namespace: string): Promise<void> {
		return this.#do('reset', async () => {
			this.lanes.learn(await this.rest.resetLane(namespace));
			return undefined;
		});
	}

	async #do(act: KeepingAct, what: () => Promise<KeepingEnd | undefined>): Promise<void> {
		try {
			this.ends = { ...this.ends, [act]: await what() };
		} catch (error) {
			if (!(error instanceof ApiError || error instanceof SaveError)) throw error;
			this.ends = { ...this.ends, [act]: { kind: 'failed', code: error instanceof ApiError ? error.code : '', message: error.message, hint: error.hint } };
		}
	}

	async #ask(signal: AbortSignal): Promise<void> {
		await refusedBy(async () => {
			this.about = await this.rest.about(signal);
		}); // what it told last stays
	}
}
