import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { Simulator, SimulatorSetup } from '$lib/wire';

/** How often the hub is asked while somebody looks, in ms. */
const everyMs = 1000;

/** The producers that the hub makes up. */
export class Simulators {
	/** By name; null as long as nobody knows. */
	list = $state.raw<readonly Simulator[] | null>(null);
	/** Why the hub did not do what was asked for last, and of which one ("": of all); null when it did. */
	refusal = $state.raw<{ name: string; error: ApiError } | null>(null);

	readonly running = $derived((this.list ?? []).filter((one) => one.running));

	#changes = 0; // an answer that was asked for before a change is of the past

	constructor(private readonly rest: Rest) {}

	/** Keeps the list up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** Asks for all of them once; a hub that does not answer leaves what was known. */
	async look(): Promise<void> {
		try {
			await this.#ask(null);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
		}
	}

	/** Makes a simulator, or changes it. Says whether the hub did. */
	save(name: string, setup: SimulatorSetup): Promise<boolean> {
		return this.#try(name, async () => this.#put(await this.rest.saveSimulator(name, setup)));
	}

	/** Starts or stops one. */
	run(name: string, running: boolean): Promise<boolean> {
		return this.#try(name, async () => this.#put(await this.rest.runSimulator(name, running)));
	}

	/** Stops and forgets one. */
	remove(name: string): Promise<boolean> {
		return this.#try(name, async () => {
			await this.rest.removeSimulator(name);
			this.list = this.list?.filter((one) => one.name !== name) ?? null;
		});
	}

	/** Starts or stops the demo feed. */
	runDemo(running: boolean): Promise<boolean> {
		return this.#try('', async () => {
			this.list = (await this.rest.runDemo(running)).simulators;
		});
	}

	async #ask(signal: AbortSignal | null): Promise<void> {
		const before = this.#changes;
		const { simulators } = await this.rest.simulators(signal);
		if (before === this.#changes) this.list = simulators;
	}

	#put(one: Simulator): void {
		const others = (this.list ?? []).filter((other) => other.name !== one.name);
		this.list = [...others, one].sort((a, b) => (a.name < b.name ? -1 : 1)); // as the hub lists them
	}

	async #try(name: string, task: () => Promise<void>): Promise<boolean> {
		this.#changes++;
		try {
			await task();
			this.refusal = null;
			return true;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.refusal = { name, error };
			return false;
		} finally {
			this.#changes++;
		}
	}
}

/** What a setup says of itself, without how it does: what can be saved again. */
export function setupOf(one: Simulator): SimulatorSetup {
	const { feed, namespace, event, rooms, interval, rate, jitter, producers, seed, for: length, count, set, template } = one;
	const setup = { feed, namespace, event, rooms, interval, rate, jitter, producers, seed, for: length, count, set, template };
	return Object.fromEntries(Object.entries(setup).filter(([, value]) => value !== undefined)) as unknown as SimulatorSetup;
}
