import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { recall, remember } from '$lib/host/remember';
import type { Layout, Plots } from '$lib/state/plots.svelte';
import type { Board } from '$lib/wire';

/** Changes within so many ms are kept together. */
const gatherMs = 500;

/** What a browser remembers: which board was open. What is on it the hub keeps. */
const place = 'board';

/** The boards that people keep in the hub, and the one that is shown. */
export class Boards {
	/** By name; null as long as nobody knows. */
	all = $state.raw<readonly Board[] | null>(null);
	/** The one that is shown; '': none. */
	name = $state('');
	/** Why the hub did not do what was asked for last; null when it did. */
	refusal = $state.raw<ApiError | null>(null);

	#kept = ''; // what the hub has of the one that is shown
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly rest: Rest,
		private readonly plots: Plots,
		private readonly mayKeep: () => boolean,
	) {}

	/** Asks for the boards and shows the one that was open last, or the one with a name that is given. */
	async start(first: string): Promise<void> {
		if (this.all !== null) return;
		await this.list();
		if (this.plots.charts.length === 0) this.open(recall(place) ?? first);
	}

	/** Asks for all of them. */
	async list(): Promise<void> {
		await this.#try(async () => {
			this.all = await this.rest.boards();
		});
	}

	/** Shows a board. One that is not there changes nothing. */
	open(name: string): void {
		const board = this.all?.find((b) => b.name === name);
		if (!board) return;
		clearTimeout(this.#timer);
		this.plots.show(board);
		this.#become(name);
		this.#kept = textOf(this.plots.layout());
	}

	/** Shows none; what is kept stays. */
	close(): void {
		clearTimeout(this.#timer);
		this.#become('');
		this.plots.show({ ...this.plots.layout(), charts: [] });
	}

	/**
	 * Keeps what is shown when it has changed, a moment later. Without a board it
	 * becomes the one with a name that is given. Who may not is not asked to.
	 */
	keep(layout: Layout, name: string): void {
		const text = textOf(layout);
		clearTimeout(this.#timer);
		if (this.all === null || !this.mayKeep() || text === this.#kept || (this.name === '' && layout.charts.length === 0)) return;
		this.#timer = setTimeout(() => void this.save(this.name || this.#free(name), layout), gatherMs);
	}

	/** Keeps what is shown under a name, and says whether the hub did. */
	async save(name: string, layout: Layout = this.plots.layout()): Promise<boolean> {
		clearTimeout(this.#timer);
		return this.#try(async () => {
			const board = await this.rest.saveBoard(name, layout);
			const others = (this.all ?? []).filter((b) => b.name !== name);
			this.all = [...others, board].sort((a, b) => (a.name < b.name ? -1 : 1)); // as the hub lists them
			this.#become(name);
			this.#kept = textOf(layout);
		});
	}

	/** Forgets a board, and says whether the hub did. */
	async remove(name: string): Promise<boolean> {
		return this.#try(async () => {
			await this.rest.removeBoard(name);
			this.all = this.all?.filter((b) => b.name !== name) ?? null;
			if (name === this.name) this.close();
		});
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	#become(name: string): void {
		this.name = name;
		remember(place, name);
	}

	/** A name that no board has, for one must not take the place of another. */
	#free(name: string): string {
		const taken = new Set(this.all?.map((b) => b.name));
		for (let n = 1; ; n++) {
			const free = n === 1 ? name : `${name} ${n}`;
			if (!taken.has(free)) return free;
		}
	}

	async #try(task: () => Promise<void>): Promise<boolean> {
		try {
			await task();
			this.refusal = null;
			return true;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.refusal = error;
			return false;
		}
	}
}

/** The layout as text, whatever else the object has. */
function textOf({ x, span, charts }: Layout): string {
	return JSON.stringify({ x, span, charts });
}
