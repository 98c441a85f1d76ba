import { refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { Lanes } from '$lib/state/lanes.svelte';
import { type Pace, paceOf, patchOf } from '$lib/state/pace';
import type { Lane, LanePatch } from '$lib/wire';

/** The parts of a lane's settings that are changed together, and where a refusal is said. */
export type TuningPart = 'pace' | 'catch_up' | 'full' | 'room' | 'relay';

/** Why the hub did not take a change, in its own words; the message is empty where it could not be reached. */
export interface TuningRefusal {
	namespace: string;
	part: TuningPart;
	code: string;
	message: string;
	hint: string;
}

/** How long a pace that was changed can be taken back by one press, in ms. */
const undoMs = 10_000;

/** The settings of lanes, as somebody changes them. Each change takes effect at once. */
export class Tuning {
	/** Whether the panel is open where it has no room of its own. */
	open = $state(false);
	/** What became of the newest change; null: it is in force. */
	refusal = $state.raw<TuningRefusal | null>(null);
	/** The pace before the newest change, for as long as it can be taken back. */
	was = $state.raw<{ namespace: string; pace: Pace } | null>(null);

	#timer: ReturnType<typeof setTimeout> | undefined;
	#asked = 0; // how often a change was asked for

	constructor(
		private readonly rest: Rest,
		private readonly lanes: Lanes,
	) {}

	/** Changes some settings of a lane. Reports whether the hub took them. */
	async change(namespace: string, part: TuningPart, patch: LanePatch): Promise<boolean> {
		const asked = ++this.#asked;
		const error = await refusedBy(async () => this.lanes.learn(await this.rest.patchLane(namespace, patch)));
		if (asked === this.#asked) this.refusal = error && { namespace, part, code: error.code, message: error.message, hint: error.hint };
		return error === null;
	}

	/** Gives a lane another pace, which undo takes back. */
	async pace(lane: Lane, pace: Pace): Promise<void> {
		const before = paceOf(lane);
		this.#forget();
		if (before.kind === pace.kind && Math.abs(before.us - pace.us) < 1e-3) return;
		if (!(await this.change(lane.namespace, 'pace', patchOf(pace)))) return;
		this.was = { namespace: lane.namespace, pace: before };
		this.#timer = setTimeout(() => this.#forget(), undoMs);
	}

	async undo(): Promise<void> {
		const { was } = this;
		this.#forget();
		if (was) await this.change(was.namespace, 'pace', patchOf(was.pace));
	}

	stop(): void {
		this.#forget();
	}

	#forget(): void {
		clearTimeout(this.#timer);
		this.was = null;
	}
}
