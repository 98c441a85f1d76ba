import { type ApiError, refusedBy } from '$lib/api/http';
import type { TapeApi } from '$lib/api/tape';
import type { Span } from '$lib/state/recordings.svelte';
import type { SpanComparison } from '$lib/wire';

/** The brackets are moved many times a second: the hub is asked when they have stood still for so long, in ms. */
const patienceMs = 250;

/** Two spans beside one another. */
export class Beside {
	/** null: nothing is compared, or not yet. */
	found = $state.raw<SpanComparison | null>(null);
	/** Why the hub did not compare; null: it did. */
	trouble = $state.raw<ApiError | null>(null);
	/** Whether the hub is at it. */
	asking = $state(false);
	/** Whose emits are compared; empty: those of the lane that has most in both. */
	namespace = $state('');

	#timer: ReturnType<typeof setTimeout> | undefined;
	#leaving = new AbortController();

	constructor(private readonly api: TapeApi) {}

	/** Compares two spans; null: there are no two. */
	compare(spans: { a: Span; b: Span } | null): void {
		clearTimeout(this.#timer);
		this.#leaving.abort();
		if (!spans) {
			this.found = this.trouble = null;
			this.asking = false;
			return;
		}
		this.asking = true;
		const { a, b } = spans;
		const { namespace } = this;
		this.#timer = setTimeout(() => void this.#ask(a, b, namespace), patienceMs);
	}

	async #ask(a: Span, b: Span, namespace: string): Promise<void> {
		this.#leaving = new AbortController();
		const { signal } = this.#leaving;
		try {
			const trouble = await refusedBy(async () => {
				const found = await this.api.compare(a, b, namespace, signal);
				if (!signal.aborted) this.found = found;
			});
			if (signal.aborted) return;
			this.trouble = trouble;
			if (trouble) this.found = null;
			this.asking = false;
		} catch (error) {
			if (!signal.aborted) throw error;
		}
	}
}
