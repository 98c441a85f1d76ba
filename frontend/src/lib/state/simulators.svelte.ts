import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Fresh } from '$lib/state/fresh';
import { withIn, without } from '$lib/state/named.svelte';
import { poll } from '$lib/state/poll';
import type { Simulator, SimulatorList, SimulatorSetup } from '$lib/wire';

/** How often the hub is asked while somebody looks, in ms. */
const everyMs = 1000;

/** The producers that the hub makes up. */
export class Simulators {
	/** By name; null as long as nobody knows. */
	list = $state.raw<readonly Simulator[] | null>(null);
	/** Why the hub did not do what was asked for last, and of which one ("": of all); null when it did. */
	refusal = $state.raw<{ name: string; error: ApiError } | null>(null);

	/** Whether the demo feed runs. */
	demo = $state(false);

	#fresh = new Fresh();

	constructor(private readonly rest: Rest) {}

	/** Keeps the list up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** Asks for all of them once; a hub that does not answer leaves what was known. */
	async look(): Promise<void> {
		await refusedBy(() => this.#ask(null));
	}

	/** Makes a simulator, or changes it. Says whether the hub did. */
	save(name: string, setup: SimulatorSetup): Promise<boolean> {
		return this.#change(name, async () => this.#put(await this.rest.saveSimulator(name, setup)));
	}

	/** Starts or stops one. */
	run(name: string, running: boolean): Promise<boolean> {
		return this.#change(name, async () => this.#put(await this.rest.runSimulator(name, running)));
	}

	/** Stops and forgets one. */
	remove(name: string): Promise<boolean> {
		return this.#change(name, async () => {
			await this.rest.removeSimulator(name);
			this.list = without(this.list, name);
		});
	}

	/** Starts or stops the demo feed. */
	runDemo(running: boolean): Promise<boolean> {
		return this.#change('', async () => this.#take(await this.rest.runDemo(running)));
	}

	async #ask(signal: AbortSignal | null): Promise<void> {
		await this.#fresh.ask(() => this.rest.simulators(signal), (now) => this.#take(now));
	}

	#take({ simulators, demo }: SimulatorList): void {
		this.list = simulators;
		this.demo = demo;
	}

	#put(one: Simulator): void {
		this.list = withIn(this.list, one);
	}

	async #change(name: string, task: () => Promise<void>): Promise<boolean> {
		const error = await this.#fresh.change(task);
		this.refusal = error && { name, error };
		return error === null;
	}
}

/** What a setup says of itself, without how it does: what can be saved again. */
export function setupOf(one: Simulator): SimulatorSetup {
	const { feed, namespace, event, rooms, interval, rate, jitter, producers, seed, for: length, count, set, template } = one;
	const setup = { feed, namespace, event, rooms, interval, rate, jitter, producers, seed, for: length, count, set, template };
	return Object.fromEntries(Object.entries(setup).filter(([, value]) => value !== undefined)) as unknown as SimulatorSetup;
}
