import type { FeedState } from '$lib/api/feed';
import type { FeedHello, Shared } from '$lib/wire';

/** How the page stands with its hub, and what the hub says about itself. */
export class Connection {
	state = $state.raw<FeedState>({ kind: 'connecting' });
	/** The newest greeting; null before the first. */
	hello = $state.raw<FeedHello | null>(null);
	/** How the hub is shared, as it said last; null before the first greeting. */
	sharing = $state.raw<Shared | null>(null);
	/** How long the hub has been away, in whole seconds. */
	awaySeconds = $state(0);

	/** How long it has not been heard, in ms. The second that runs counts, so that this is never 0. */
	readonly unheardMs = $derived((this.awaySeconds + 1) * 1000);
	readonly live = $derived(this.state.kind === 'live');
	/** Whether the readings are of the past. */
	readonly stale = $derived(this.state.kind === 'lost');

	/** Whether the hub does not let the page in, and a key could help: against a wrong address none does. */
	readonly wantsKey = $derived.by(() => {
		const refusal = this.state.kind === 'lost' ? this.state.refusal : null;
		return refusal !== null && !refusal.code?.startsWith('wrong_');
	});

	#now: () => number;
	#timer: ReturnType<typeof setInterval> | undefined;

	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	become(state: FeedState): void {
		this.state = state;
		clearInterval(this.#timer);
		if (state.kind !== 'lost') return;
		const count = () => (this.awaySeconds = Math.floor((this.#now() - state.since) / 1000));
		count();
		this.#timer = setInterval(count, 250); // often enough that no second is skipped
	}

	stop(): void {
		clearInterval(this.#timer);
	}
}
