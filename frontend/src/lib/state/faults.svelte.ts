import { ApiError, type Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { Faults as Told, FaultsOn, NewFaults } from '$lib/wire';

/** How often the counts are asked for while somebody looks at them, in ms. */
const everyMs = 1000;

/** What can be filled in, as it is written. Shares are in percent, times in the unit that stands behind them. */
export interface FaultsDraft {
	delay: string; // ms
	jitter: string; // ms
	delayed: string;
	dropped: string;
	duplicated: string;
	reordered: string;
	cut: string;
	slowed: string;
	slowClient: string;
	slowRate: string;
	stall: string; // s
	stallEvery: string; // s
	minutes: string;
	seed: string;
}

/** The faults that are on in the hub, on purpose, and those that are about to be. */
export class Faults {
	/** Which are on, as the feed told last, by namespace. */
	on = $state.raw<readonly FaultsOn[]>([]);
	/** The same with their counts, as of the hub's newest answer. */
	list = $state.raw<readonly Told[]>([]);
	/** Why the hub did not do what was asked for last; null when it did. */
	refused = $state.raw<ApiError | null>(null);

	namespace = $state('/ws');
	draft = $state<FaultsDraft>({
		delay: '', jitter: '', delayed: '100', dropped: '', duplicated: '', reordered: '', cut: '',
		slowed: '', slowClient: '', slowRate: '5', stall: '', stallEvery: '', minutes: '5', seed: '',
	});
	/** What of it is no number, or a share that is not 0 to 100. */
	readonly wrong = $derived(wrongIn(this.draft));

	constructor(private readonly rest: Rest) {}

	/** Keeps the counts up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** Switches on what is written, in place of what is on there. */
	async start(): Promise<void> {
		await this.#change(() => this.rest.setFaults(this.namespace.trim(), wishOf(this.draft)));
	}

	async stop(namespace: string): Promise<void> {
		await this.#change(() => this.rest.clearFaults(namespace));
	}

	async #change(task: () => Promise<unknown>): Promise<void> {
		try {
			await task();
			this.refused = null;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.refused = error;
		}
		await this.#ask(AbortSignal.timeout(everyMs)).catch(() => {}); // the next question finds out
	}

	async #ask(signal: AbortSignal): Promise<void> {
		this.list = await this.rest.faults(signal);
	}
}

const shares = ['delayed', 'dropped', 'duplicated', 'reordered', 'cut', 'slowed'] as const;
const amounts = ['delay', 'jitter', 'slowRate', 'stall', 'stallEvery', 'minutes', 'seed'] as const;

/** The number that is written; nothing is 0, and what is none NaN. */
function numberOf(text: string): number {
	const plain = text.trim().replace(',', '.');
	return /^\d*\.?\d*$/.test(plain) ? Number(plain) : Number.NaN;
}

/** Which fields make no sense by themselves. The hub knows the rest. */
export function wrongIn(draft: FaultsDraft): ReadonlySet<keyof FaultsDraft> {
	return new Set([
		...shares.filter((name) => !(numberOf(draft[name]) <= 100)),
		...amounts.filter((name) => Number.isNaN(numberOf(draft[name]))),
	]);
}

/** What the hub is asked for: what is empty or 0 is left out. */
export function wishOf(draft: FaultsDraft): NewFaults {
	const share = (name: (typeof shares)[number]) => numberOf(draft[name]) / 100;
	const length = (name: 'delay' | 'jitter' | 'stall' | 'stallEvery' | 'minutes', unit: string) => (numberOf(draft[name]) > 0 ? `${numberOf(draft[name])}${unit}` : '');
	const delays = numberOf(draft.delay) + numberOf(draft.jitter) > 0;
	const client = draft.slowClient.trim();
	const wish: NewFaults = {
		for: length('minutes', 'm'),
		delay: length('delay', 'ms'),
		jitter: length('jitter', 'ms'),
		delay_share: delays ? share('delayed') : 0,
		drop: share('dropped'),
		duplicate: share('duplicated'),
		reorder: share('reordered'),
		disconnect: share('cut'),
		slow_share: client ? 0 : share('slowed'),
		slow_client: client,
		slow_rate: client || share('slowed') > 0 ? numberOf(draft.slowRate) : 0,
		stall: length('stall', 's'),
		stall_every: length('stallEvery', 's'),
		seed: numberOf(draft.seed),
	};
	return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== '' && value !== 0));
}

/** How long it is from now, on the hub's clock, to when faults end: "4:12". */
export function leftUntil(endsMs: number, nowMs: number): string {
	const seconds = Math.max(0, Math.ceil((endsMs - nowMs) / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
