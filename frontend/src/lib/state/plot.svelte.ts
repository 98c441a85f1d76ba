import type { Refusal } from '$lib/api/feed';
import { Points } from '$lib/state/points';

/** What a series is of, as a board keeps it. */
export interface SeriesOf {
	/** Which messages. */
	query: string;
	/** Which number of each, as a JSON pointer; "": the payload itself. */
	pointer: string;
	/** What it is called, such as "AAPL price". */
	name: string;
	/** The series colour it should have if no other of its chart has it, such as that of its stream; 0: any. */
	colour: number;
}

/** How the axes of a chart's series go together; auto: by how much their ranges differ. */
export type Scale = 'auto' | 'shared' | 'own';

/** One number of many messages, as it is plotted. */
export class Series implements SeriesOf {
	readonly query: string;
	readonly pointer: string;
	readonly name: string;
	readonly points = new Points();
	/** A series colour, 1 to 6; 0 is the hollow grey that many share. */
	colour = $state(0);
	/** Its newest number; null: none is known. */
	last = $state<number | null>(null);
	/** How many points there are, and from when; of the oldest only extremes may be left. */
	count = $state(0);
	isCoarse = $state(false);
	/** Whether the hub has been asked for its past and has answered. */
	known = $state(false);
	/** Why the hub does not tell it; null: it does. */
	refusal = $state.raw<Refusal | null>(null);
	/** From when on frames tell it, in ms; null: none has said so. */
	from: number | null = null;

	#shown = -1; // version of the points

	constructor(
		readonly id: number,
		{ query, pointer, name, colour }: SeriesOf,
	) {
		this.query = query;
		this.pointer = pointer;
		this.name = name;
		this.colour = colour;
	}

	/** Shows what was taken in. */
	commit(): void {
		if (this.#shown === this.points.version) return;
		this.#shown = this.points.version;
		this.last = this.points.last;
		this.count = this.points.length;
		this.isCoarse = this.points.coarseTo > Number.NEGATIVE_INFINITY;
	}
}

const colours = [1, 2, 3, 4, 5, 6];

/** Series on the same axes. */
export class Chart {
	name = $state('');
	series = $state.raw<readonly Series[]>([]);
	scale = $state<Scale>('auto');

	constructor(readonly id: number) {}

	/** What it is called: as a person named it, or by its series. */
	readonly title = $derived(this.name || this.series.map((s) => s.name).join(', '));

	/** Adds a series, in its own colour where no other has it. */
	add(series: Series): void {
		const taken = new Set(this.series.map((s) => s.colour));
		const own = series.colour;
		series.colour = own > 0 && !taken.has(own) ? own : (colours.find((c) => !taken.has(c)) ?? 0);
		this.series = [...this.series, series];
	}

	remove(series: Series): void {
		this.series = this.series.filter((s) => s !== series);
	}
}
