import type { Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { Departure } from '$lib/wire';

/** How often is asked who has left. */
const everyMs = 2000;

/** Who has left last, and why. */
export class Departures {
	/** The newest first; at most 200. */
	list = $state.raw<readonly Departure[]>([]);
	/** How many have left since the hub started. */
	total = $state(0);
	/** Whether the hub has answered yet. */
	known = $state(false);

	constructor(private readonly rest: Rest) {}

	/** Asks now and then. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, async (signal) => {
			const { departures, total } = await this.rest.departures(signal);
			this.list = departures;
			this.total = total;
			this.known = true;
		});
	}
}
