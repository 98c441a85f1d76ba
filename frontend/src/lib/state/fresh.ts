import { type ApiError, refusedBy } from '$lib/api/http';

/**
 * Keeps what was changed from being overwritten by an answer that is older: one
 * to a question from before the change, or from while it was under way.
 */
export class Fresh {
	#changes = 0;

	/** Makes a change. Returns why the hub refused it; null: it did not. */
	async change(task: () => Promise<unknown>): Promise<ApiError | null> {
		this.#changes++;
		try {
			return await refusedBy(task);
		} finally {
			this.#changes++;
		}
	}

	/** Asks, and takes the answer if nothing was changed meanwhile. Reports whether it did. */
	async ask<Answer>(question: () => Promise<Answer>, take: (answer: Answer) => void): Promise<boolean> {
		const before = this.#changes;
		const answer = await question();
		if (before !== this.#changes) return false;
		take(answer);
		return true;
	}
}
