import { ApiError } from '$lib/api/http';
import type { TapeApi } from '$lib/api/tape';
import { densityOf } from '$lib/state/reel.svelte';
import type { Recording } from '$lib/wire';

/** So many steps are drawn of each. */
export const miniSteps = 64;

/** Of one that runs it is asked no more often than each so many ms. */
const growsMs = 5000;

interface Mini {
	/** Of the recording then. */
	messages: number;
	at: number;
	counts: readonly number[];
}

/** How dense each recording is, in short: fetched when it is seen, one after the other, and again when it has grown. */
export class Minis {
	#known = $state.raw<ReadonlyMap<string, Mini>>(new Map());
	#wanted = new Map<string, Recording>();
	#isAsking = false;

	constructor(private readonly api: TapeApi) {}

	/** The messages of each step; none before they are known. */
	of(name: string): readonly number[] {
		return this.#known.get(name)?.counts ?? [];
	}

	/** It is in sight. */
	want(recording: Recording): void {
		const known = this.#known.get(recording.name);
		const isFresh = known && (known.messages === recording.messages || (recording.state === 'recording' && performance.now() - known.at < growsMs));
		if (isFresh || recording.messages === 0 || recording.state === 'unreadable') return;
		this.#wanted.set(recording.name, recording);
		void this.#askAll();
	}

	async #askAll(): Promise<void> {
		if (this.#isAsking) return;
		this.#isAsking = true;
		try {
			for (const [name, { messages }] of this.#wanted) {
				this.#wanted.delete(name);
				const found = densityOf(await this.api.timeline(name, null, miniSteps, AbortSignal.timeout(10_000)));
				const counts = found.late.map((_, i) => found.streams.reduce((sum, s) => sum + (s.counts[i] ?? 0), found.others[i] ?? 0));
				this.#known = new Map(this.#known).set(name, { messages, at: performance.now(), counts });
			}
		} catch (error) {
			this.#wanted.clear();
			if (!(error instanceof ApiError) && !(error instanceof DOMException)) throw error;
		} finally {
			this.#isAsking = false;
		}
	}
}
