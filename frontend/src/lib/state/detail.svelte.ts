import { ApiError } from '$lib/api/http';
import type { Rest, Whole } from '$lib/api/rest';

/** The whole of one message, as far as it has been fetched. */
export type DetailState =
	| { kind: 'none' }
	| { kind: 'loading'; seq: number; before: Whole | null } // before: what was shown until now
	| { kind: 'ready'; seq: number; whole: Whole }
	| { kind: 'failed'; seq: number; error: ApiError };

/** Fetches the selected message. Only the newest request counts. */
export class Detail {
	state = $state.raw<DetailState>({ kind: 'none' });
	#rest: Rest;
	#abort = new AbortController();

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	async load(seq: number): Promise<void> {
		if (this.state.kind !== 'none' && this.state.kind !== 'failed' && this.state.seq === seq) return;
		const before = this.state.kind === 'loading' ? this.state.before : this.whole;
		this.clear();
		const abort = this.#abort;
		this.state = { kind: 'loading', seq, before };
		try {
			const whole = await this.#rest.message(seq, abort.signal);
			if (!abort.signal.aborted) this.state = { kind: 'ready', seq, whole };
		} catch (error) {
			if (abort.signal.aborted) return;
			if (!(error instanceof ApiError)) throw error;
			this.state = { kind: 'failed', seq, error };
		}
	}

	/** Takes a message that was fetched already. */
	take(whole: Whole): void {
		this.clear();
		this.state = { kind: 'ready', seq: whole.message.seq, whole };
	}

	/** The message, once it is there. */
	get whole(): Whole | null {
		return this.state.kind === 'ready' ? this.state.whole : null;
	}

	/** The binary parts of a message, in base64. */
	attachments(seq: number, signal: AbortSignal): Promise<string[]> {
		return this.#rest.attachments(seq, signal);
	}

	/** Fetches again what could not be fetched because the hub was out of reach. */
	again(): void {
		if (this.state.kind === 'failed' && this.state.error.status === 0) void this.load(this.state.seq);
	}

	clear(): void {
		this.#abort.abort();
		this.#abort = new AbortController();
		this.state = { kind: 'none' };
	}
}
