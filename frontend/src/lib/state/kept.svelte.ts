import type { Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';

const everyMs = 2000;

/** What the hub keeps in memory right now; null as long as nobody knows. */
export class Kept {
	messages = $state<number | null>(null);
	bytes = $state<number | null>(null);

	constructor(private readonly rest: Rest) {}

	/** Asks again and again. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, async (signal) => {
			const metrics = await this.rest.metrics(signal);
			this.messages = metrics.get('emitscope_recent_messages') ?? null;
			this.bytes = metrics.get('emitscope_recent_bytes') ?? null;
		});
	}
}
