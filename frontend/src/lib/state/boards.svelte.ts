import type { Rest } from '$lib/api/rest';
import { recall, remember } from '$lib/host/remember';
import { Named } from '$lib/state/named.svelte';
import type { Layout, Plots } from '$lib/state/plots.svelte';
import type { Board } from '$lib/wire';

/** Changes within so many ms are kept together. */
const gatherMs = 500;

/** What a browser remembers: which board was open. What is on it the hub keeps. */
const place = 'board';

/** The boards that people keep in the hub, and the one that is shown. */
export class Boards extends Named<Board, Layout> {
	/** The one that is shown; '': none. */
	name = $state('');

	#kept = ''; // what the hub has of the one that is shown
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		rest: Rest,
		private readonly plots: Plots,
		private readonly mayKeep: () => boolean,
	) {
		super({
			list: () => rest.boards(),
			save: (name, layout) => rest.saveBoard(name, layout),
			remove: (name) => rest.removeBoard(name),
		});
	}

	/** Asks for the boards and shows the one that was open last, or the one with a name that is given. */
	async start(first: string): Promise<void> {
		if (this.all !== null) return;
		await this.list();
		if (this.plots.charts.length === 0) this.open(recall(place) ?? first);
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
	override async save(name: string, layout: Layout = this.plots.layout()): Promise<boolean> {
		clearTimeout(this.#timer);
		if (!(await super.save(name, layout))) return false;
		this.#become(name);
		this.#kept = textOf(layout);
		return true;
	}

	/** Forgets a board, and says whether the hub did. */
	override async remove(name: string): Promise<boolean> {
		if (!(await super.remove(name))) return false;
		if (name === this.name) this.close();
		return true;
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
}

/** The layout as text, whatever else the object has. */
function textOf({ x, span, charts }: Layout): string {
	return JSON.stringify({ x, span, charts });
}
