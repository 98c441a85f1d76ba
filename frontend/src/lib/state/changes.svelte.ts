import { ApiError } from '$lib/api/http';
import type { Rest, Whole } from '$lib/api/rest';
import { recall, remember } from '$lib/host/remember';
import { type Diff, diff } from '$lib/json/diff';
import { canQuery, streamQuery } from '$lib/query';

/** What is known of what a message changed. */
export type ChangesState =
	| { kind: 'none' } // off, or on its way
	| { kind: 'first' } // there is no message before it that the hub still keeps
	| { kind: 'ready'; since: number; diff: Diff };

/** What has changed since the previous message of the same stream, or since one that is pinned. */
export class Changes {
	/** Whether the reader wants to see it; remembered. */
	on = $state(recall('changes') !== 'off');
	/** The message everything is compared with; null: with the one before it. */
	pinned = $state.raw<Whole | null>(null);
	state = $state.raw<ChangesState>({ kind: 'none' });

	constructor(private readonly rest: Rest) {}

	toggle(): void {
		this.on = !this.on;
		remember('changes', this.on ? 'on' : 'off');
	}

	/** Pins a message, or takes the pin off the one that has it. */
	pin(whole: Whole): void {
		this.pinned = this.pinned?.message.seq === whole.message.seq ? null : whole;
	}

	/** Compares a message for as long as it is looked at. Returns how to stop. */
	watch(whole: Whole): () => void {
		const leaving = new AbortController();
		if (this.on) void this.#compare(whole, leaving.signal);
		else this.state = { kind: 'none' };
		return () => leaving.abort();
	}

	async #compare(whole: Whole, signal: AbortSignal): Promise<void> {
		const { pinned } = this;
		try {
			const before = pinned && pinned.message.seq !== whole.message.seq ? pinned : await this.#before(whole, signal);
			if (signal.aborted) return;
			this.state = before ? { kind: 'ready', since: before.message.seq, diff: diff(before.payload, whole.payload) } : { kind: 'first' };
		} catch (error) {
			if (signal.aborted) return;
			if (!(error instanceof ApiError)) throw error;
			this.state = { kind: 'none' }; // the pill says that the hub does not answer
		}
	}

	async #before({ message }: Whole, signal: AbortSignal): Promise<Whole | undefined> {
		if (!canQuery(message)) return undefined;
		const { messages } = await this.rest.page(streamQuery(message), '', 1, message.seq, signal);
		return messages[0];
	}
}
