import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Fresh } from '$lib/state/fresh';
import { poll } from '$lib/state/poll';
import type { NewRule, Rule } from '$lib/wire';

/** How often they are asked for while somebody looks at them, in ms. */
const everyMs = 1000;

/** What the hub replies to what clients say. */
export class Rules {
	/** In their order; null as long as nobody knows. */
	all = $state.raw<readonly Rule[] | null>(null);
	/** Why the hub did not do what was asked for last; null when it did. */
	refusal = $state.raw<ApiError | null>(null);

	#fresh = new Fresh();

	constructor(private readonly rest: Rest) {}

	/** Keeps them up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** Saves a rule, and says whether the hub did. */
	async save(name: string, rule: NewRule): Promise<boolean> {
		return this.#change(() => this.rest.saveRule(name, rule));
	}

	/** Switches a rule on or off. */
	async switch(name: string, on: boolean): Promise<boolean> {
		return this.#change(() => this.rest.switchRule(name, on));
	}

	/** Moves a saved rule up or down among those, and says whether the hub did. Its order is that in which they reply. */
	async move(name: string, by: 1 | -1): Promise<boolean> {
		const order = moved(this.all ?? [], name, by);
		return order !== null && this.#change(() => this.rest.orderRules(order));
	}

	/** Forgets a refusal. */
	forgive(): void {
		this.refusal = null;
	}

	/** Forgets a rule, and says whether the hub did. */
	async remove(name: string): Promise<boolean> {
		return this.#change(() => this.rest.removeRule(name));
	}

	/** The hub says what a change did to the whole list. */
	async #change(task: () => Promise<unknown>): Promise<boolean> {
		this.refusal = (await this.#fresh.change(task)) ?? (await refusedBy(() => this.#ask(null)));
		return this.refusal === null;
	}

	async #ask(signal: AbortSignal | null): Promise<void> {
		await this.#fresh.ask(() => this.rest.rules(signal), (rules) => (this.all = rules));
	}
}

/** The saved rules in the order that moving one by a place gives; null: it cannot go there. */
export function moved(rules: readonly Rule[], name: string, by: 1 | -1): string[] | null {
	const order = rules.filter((r) => r.source === 'saved').map((r) => r.name);
	const at = order.indexOf(name);
	const other = order[at + by];
	return at < 0 || other === undefined ? null : order.with(at, other).with(at + by, name);
}

/** A rule as it is before anybody has said anything of it. */
export function newRule(): NewRule {
	return {
		on: true, namespace: '/ws', event: '', query: '', act: 'answer', reply: '', data: '{"ok":true}', last: 0, last_of: '',
		rooms: [], delay: '0s', probability: 1,
	};
}

/** What of a rule can be said again. */
export function partsOf({ on, namespace, event, query, act, reply, data, last, last_of, rooms, delay, probability }: Rule): NewRule {
	return { on, namespace, event, query, act, reply, data, last, last_of, rooms, delay, probability };
}

/** A name for a rule that nobody named, unlike the others. */
export function freeName(rule: NewRule, others: readonly Rule[]): string {
	const name = `${rule.event || 'rule'} on ${rule.namespace}`.slice(0, 58).trim();
	let free = name;
	for (let n = 2; others.some((r) => r.name === free); n++) free = `${name} ${n}`;
	return free;
}
