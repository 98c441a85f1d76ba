import { type ApiError, refusedBy } from '$lib/api/http';
import type { TapeApi } from '$lib/api/tape';
import { parseTime, wireMicros } from '$lib/format/time';
import { poll } from '$lib/state/poll';
import type { SpanName } from '$lib/state/recordings.svelte';
import type { NewReplay, Replay, ReplayPatch } from '$lib/wire';

/** How fast a recording can be replayed, at least and at most. */
export const slowest = 0.1;
export const fastest = 20;

/** Messages come as far apart as they did, or as the lane's pace says. */
export type Spacing = 'kept' | 'even';

/** A part of a recording, in ms since 1970. */
interface Part {
	from: number;
	to: number;
}

/** How a recording is replayed: see the fields of the same names. */
interface How {
	into: string;
	spacing: Spacing;
	interval: string;
	query: string;
	part: SpanName | '';
	record: boolean;
}

const everyMs = 250;
/** While nothing is replayed only each so many answers is asked for. */
const idleTurns = 8;

/** The recording that is replayed, and how the next one will be. */
export class Replaying {
	/** As the hub told last; null before its first answer. */
	now = $state.raw<Replay | null>(null);
	/** Why the newest act was refused; null: it was not. */
	refusal = $state.raw<ApiError | null>(null);
	speed = $state(1);
	loop = $state(false);
	spacing = $state<Spacing>('kept');
	/** With even spacing: one message each, such as "10ms"; empty: as the lane's pace says. */
	interval = $state('');
	/** The namespace it goes into; empty: each message into its own. */
	into = $state('');
	/** Only what this query selects; empty: all that was emitted. */
	query = $state('');
	/** Only this span, where it is marked; empty: all of it. */
	part = $state<SpanName | ''>('');
	/** Whether recordings that run take it, too. */
	record = $state(false);

	readonly active = $derived(this.now?.state === 'playing' || this.now?.state === 'paused');
	readonly playing = $derived(this.now?.state === 'playing');

	#heardAt = 0;
	#turn = 0;
	#acts = 0; // answers that were asked for before an act tell of what was
	#isLearnt = false;

	constructor(
		private readonly api: TapeApi,
		private readonly steady: () => number = () => performance.now(),
		/** A span that is marked in a recording; null: it is not. */
		private readonly marked: (which: SpanName, recording: string) => Part | null = () => null,
	) {}

	/** Asks again and again, often while something is replayed. Returns how to stop. */
	watch(): () => void {
		this.#turn = 0;
		return poll(everyMs, async (signal) => {
			if (!this.playing && this.#turn++ % idleTurns !== 0) return;
			const acts = this.#acts;
			const found = await this.api.replay(signal);
			if (acts === this.#acts) this.take(found);
		});
	}

	/** Whether a recording is the one that is replayed. */
	isOf(name: string): boolean {
		return this.active && this.now?.recording === name;
	}

	/** The moment of the recording that is replayed now, in ms since 1970; null: it is not the one. */
	position(name: string): number | null {
		const { now } = this;
		if (!now || !this.isOf(name)) return null;
		const told = now.position ?? now.from;
		if (!told) return null;
		const moved = now.state === 'playing' ? (this.steady() - this.#heardAt) * (now.speed ?? 1) : 0;
		return parseTime(told) + Math.min(moved, 2 * everyMs * (now.speed ?? 1)); // a hub that does not answer plays nothing
	}

	/** Begins from a time, goes on, or waits. */
	async play(name: string, from: number | null): Promise<void> {
		if (this.isOf(name)) await this.#patch({ paused: this.playing });
		else await this.#begin(name, from, false);
	}

	/** Sends one message, and waits behind it. */
	async step(name: string, from: number | null): Promise<void> {
		if (!this.isOf(name)) await this.#begin(name, from, true);
		if (this.refusal === null) await this.#patch({ step: 1 });
	}

	/** Goes on from another moment. */
	async seek(name: string, at: number): Promise<void> {
		if (!this.now || !this.isOf(name)) return;
		this.take({ ...this.now, position: wireMicros(at) }); // what is on screen does not jump back until the hub has answered
		await this.#patch({ position: wireMicros(at) });
	}

	/** Ends it. */
	async stop(): Promise<void> {
		await this.#act(() => this.api.stopReplay());
	}

	/** Has it go so fast, now or when it begins. */
	async hurry(speed: number): Promise<void> {
		this.speed = speed;
		if (this.active) await this.#patch({ speed });
	}

	async repeat(loop: boolean): Promise<void> {
		this.loop = loop;
		if (this.active) await this.#patch({ loop });
	}

	/** What is replayed, where it goes, and how far apart: one that is replayed begins anew where it is. */
	async become(how: Partial<How>): Promise<void> {
		Object.assign(this, how);
		const { now } = this;
		if (now && this.active) await this.#begin(now.recording, this.position(now.recording), now.state === 'paused');
	}

	take(found: Replay): void {
		this.now = found;
		this.#heardAt = this.steady();
		if (this.#isLearnt || !this.active) return;
		// Somebody else has begun it, or this page was loaded again: its switches say how.
		this.#isLearnt = true;
		this.speed = found.speed ?? 1;
		this.loop = found.loop ?? false;
		this.spacing = found.spacing === 'even' ? 'even' : 'kept';
		this.into = found.namespace ?? '';
		this.query = found.query ?? '';
		this.interval = found.interval ?? '';
		this.record = found.record ?? false;
		this.part = (['a', 'b'] as const).find((which) => isSpan(this.marked(which, found.recording), found)) ?? '';
	}

	#begin(recording: string, from: number | null, paused: boolean): Promise<void> {
		this.#isLearnt = true;
		const part = this.part === '' ? null : this.marked(this.part, recording);
		const isWithin = part !== null && from !== null && from > part.from && from < part.to;
		const begins = part === null ? from : part.from;
		const wanted: NewReplay = {
			recording,
			speed: this.speed,
			spacing: this.spacing,
			loop: this.loop,
			paused: paused || isWithin,
			...(begins === null ? {} : { from: wireMicros(begins) }),
			...(part === null ? {} : { to: wireMicros(part.to) }),
			...(this.into ? { namespace: this.into } : {}),
			...(this.query ? { query: this.query } : {}),
			...(this.spacing === 'even' && this.interval ? { interval: this.interval } : {}),
			...(this.record ? { record: true } : {}),
		};
		return this.#act(async () => {
			if (this.active) await this.api.stopReplay(); // one is replayed at a time
			const begun = await this.api.startReplay(wanted);
			return isWithin ? this.api.patchReplay({ position: wireMicros(from), paused }) : begun; // and a loop repeats all of the part
		});
	}

	#patch(patch: ReplayPatch): Promise<void> {
		return this.#act(() => this.api.patchReplay(patch));
	}

	async #act(act: () => Promise<Replay>): Promise<void> {
		this.#acts++;
		this.refusal = await refusedBy(async () => this.take(await act()));
		this.#acts++;
		this.#turn = 0;
	}
}

/** Whether a replay is of exactly that part. The hub's times are finer than the page's. */
function isSpan(part: Part | null, { from, to }: Replay): boolean {
	return part !== null && from !== undefined && to !== undefined && Math.abs(parseTime(from) - part.from) < 1 && Math.abs(parseTime(to) - part.to) < 1;
}
