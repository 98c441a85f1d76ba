import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Fresh } from '$lib/state/fresh';
import type { SavedDraft, SavedQuery } from '$lib/wire';

/** How the hub is asked about things of one kind. */
interface Calls<Thing, Said> {
	list: () => Promise<Thing[]>;
	save: (name: string, said: Said) => Promise<Thing>;
	remove: (name: string) => Promise<void>;
}

/** Things of one kind that people keep in the hub, each by its name; Said is what is said of one when it is saved. */
export class Named<Thing extends { name: string }, Said> {
	/** By name; null as long as nobody knows. */
	all = $state.raw<readonly Thing[] | null>(null);
	/** Why the hub did not do what was asked for last; null when it did. */
	refusal = $state.raw<ApiError | null>(null);

	#fresh = new Fresh();

	constructor(private readonly calls: Calls<Thing, Said>) {}

	/** Asks for all of them. */
	async list(): Promise<void> {
		this.refusal = await refusedBy(() => this.#fresh.ask(this.calls.list, (all) => (this.all = all)));
	}

	/** Saves one, in the place of the one that has the name, and says whether the hub did. */
	async save(name: string, said: Said): Promise<boolean> {
		return this.#change(async () => {
			this.all = withIn(this.all, await this.calls.save(name, said));
		});
	}

	/** Forgets one, and says whether the hub did. */
	async remove(name: string): Promise<boolean> {
		return this.#change(async () => {
			await this.calls.remove(name);
			this.all = without(this.all, name);
		});
	}

	async #change(task: () => Promise<void>): Promise<boolean> {
		this.refusal = await this.#fresh.change(task);
		return this.refusal === null;
	}
}

/** All of them with one in the place of the one that has its name, as the hub lists them. */
export function withIn<Thing extends { name: string }>(all: readonly Thing[] | null, one: Thing): readonly Thing[] {
	const others = (all ?? []).filter(({ name }) => name !== one.name);
	return [...others, one].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** All of them but the one that has a name. */
export function without<Thing extends { name: string }>(all: readonly Thing[] | null, name: string): readonly Thing[] | null {
	return all?.filter((one) => one.name !== name) ?? null;
}

/** The queries that people saved. */
export function savedQueries(rest: Rest): Named<SavedQuery, string> {
	return new Named({
		list: () => rest.queries(),
		save: (name, query) => rest.saveQuery(name, query),
		remove: (name) => rest.removeQuery(name),
	});
}

/** The messages that people saved, to be sent again. */
export function savedDrafts(rest: Rest): Named<SavedDraft, Omit<SavedDraft, 'name'>> {
	return new Named({
		list: () => rest.drafts(),
		save: (name, draft) => rest.saveDraft(name, draft),
		remove: (name) => rest.removeDraft(name),
	});
}
