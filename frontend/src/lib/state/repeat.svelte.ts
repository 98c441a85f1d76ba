import { ApiError } from '$lib/api/http';
import type { Rest, Whole } from '$lib/api/rest';
import { bodyOf } from '$lib/snippets';

/** What the hub said of a message that was published again. */
export type Repeated =
	| { of: number; seq: number }
	| { of: number; error: ApiError };

/** Why a message cannot be published again as it was; null: it can. */
export function unrepeatable({ message, payload }: Whole): 'binary' | 'one' | null {
	if (hasAttachments(payload)) return 'binary';
	return message.to ? 'one' : null;
}

/** Whether a payload has placeholders for binary parts. */
export function hasAttachments(payload: string): boolean {
	return payload.includes('"_placeholder":true');
}

/** Publishes messages again. */
export class Repeat {
	/** Of the newest attempt; null: there was none. */
	said = $state.raw<Repeated | null>(null);

	constructor(private readonly rest: Rest) {}

	async send(whole: Whole): Promise<void> {
		const of = whole.message.seq;
		try {
			const taken = await this.rest.publish(bodyOf(whole));
			this.said = { of, seq: taken.first_seq };
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.said = { of, error };
		}
	}
}
