import type { Rest } from '$lib/api/rest';
import { bytesOf } from '$lib/format/base64';
import { parseTime } from '$lib/format/time';
import { poll } from '$lib/state/poll';
import type { ClientHistory } from '$lib/wire';

/** A level that says that messages were missed; those below say how full an outbox was, up to 254. */
export const missed = 255;

/** From which level on an outbox was full, half full, and a third full. */
export const full = 250;
export const half = 127;
export const third = 85;

/** How long one step is, in ms. */
export const stepMs = 5000;

/** How many steps are kept: ten minutes, but for the step that is under way in the hub. */
export const kept = 119;

/** One client's levels, up to the newest step; fewer than there are steps when it came later. */
export interface LevelRow {
	id: string;
	levels: Uint8Array;
}

/** How full every client's outbox was in the last ten minutes, step by step. */
export class Levels {
	/** The longest connected first. */
	rows = $state.raw<readonly LevelRow[]>([]);
	/** When each step was over, oldest first, in ms since 1970. */
	times = $state.raw<readonly number[]>([]);
	/** Whether the hub has answered yet. */
	known = $state(false);

	#newest = ''; // the newest of times, as the hub wrote it

	constructor(private readonly rest: Rest) {}

	/** Asks for each step once it is over. Returns how to stop. */
	watch(): () => void {
		return poll(stepMs, async (signal) => this.take(await this.rest.clientHistory(this.#newest, signal)));
	}

	/** Takes in an answer of the hub, which goes on where the one before ended. */
	take(answer: ClientHistory): void {
		this.known = true;
		const before = new Map(this.rows.map((r) => [r.id, r.levels]));
		const all = bytesOf(answer.levels);
		let from = 0;
		this.rows = answer.clients.map((id, i) => {
			const to = from + (answer.counts[i] ?? 0);
			const levels = joined(before.get(id), all.subarray(from, to));
			from = to;
			return { id, levels };
		});
		this.times = [...this.times, ...answer.times.map(parseTime)].slice(-kept);
		this.#newest = answer.times.at(-1) ?? this.#newest;
	}
}

function joined(before: Uint8Array | undefined, more: Uint8Array): Uint8Array {
	if (more.length === 0 && before) return before;
	const old = before?.subarray(Math.max(0, before.length + more.length - kept)) ?? [];
	const all = new Uint8Array(old.length + more.length);
	all.set(old);
	all.set(more, old.length);
	return all;
}

/** The level of a row in a step of so many; null: it was not connected yet. */
export function levelAt({ levels }: LevelRow, step: number, steps: number): number | null {
	return levels[step - (steps - levels.length)] ?? null;
}

/** How many clients were so full in a step: over a third, over half, and missing messages. */
export interface StepCount {
	connected: number;
	third: number;
	half: number;
	missed: number;
}

export function countStep(rows: readonly LevelRow[], step: number, steps: number): StepCount {
	const count = { connected: 0, third: 0, half: 0, missed: 0 };
	for (const row of rows) {
		const level = levelAt(row, step, steps);
		if (level === null) continue;
		count.connected++;
		if (level >= third) count.third++;
		if (level >= half) count.half++;
		if (level === missed) count.missed++;
	}
	return count;
}
