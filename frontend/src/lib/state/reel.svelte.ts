import { type ApiError, refusedBy } from '$lib/api/http';
import type { TapeApi } from '$lib/api/tape';
import { parseTime, wireMicros } from '$lib/format/time';
import type { Span, SpanName } from '$lib/state/recordings.svelte';
import type { Bookmark, Recording, Timeline } from '$lib/wire';

/** A stretch of time, in ms since 1970. */
export interface View {
	from: number;
	to: number;
}

/** How many messages there were, step by step. */
export interface Density extends View {
	stepMs: number;
	streams: readonly StreamDensity[];
	/** Of the streams that are not among them. */
	others: readonly number[];
	late: readonly number[];
	lost: readonly number[];
}

export interface StreamDensity {
	namespace: string;
	event: string;
	messages: number;
	counts: readonly number[];
}

/** A part that is begun and has no end yet. */
export interface Begun {
	which: SpanName;
	at: number;
}

/** Nobody can look closer than at so much, in ms. */
const leastMs = 1;

/** While somebody looks closer, the hub is asked when they have stopped for so long, in ms. */
const patienceMs = 120;

/** Of a recording that runs it is asked no more often than each so many ms. */
const growsMs = 1500;

/** The timeline of the recording that is looked at. */
export class Reel {
	/** Its name; empty: none is open. */
	name = $state('');
	/** All that it has; null: nothing yet. */
	whole = $state.raw<View | null>(null);
	/** What is looked at; null: all of it. */
	zoom = $state.raw<View | null>(null);
	/** What is drawn: of all, and of what is looked at, where that is a part. */
	all = $state.raw<Density | null>(null);
	part = $state.raw<Density | null>(null);
	/** Where the reader stands, in ms since 1970; null: at the beginning. */
	cursor = $state<number | null>(null);
	begun = $state.raw<Begun | null>(null);
	bookmarks = $state.raw<readonly Bookmark[]>([]);
	/** Why the hub did not tell; null: it did. */
	trouble = $state.raw<ApiError | null>(null);
	/** Why a bookmark was not kept; null: it was. */
	refusal = $state.raw<ApiError | null>(null);

	readonly view = $derived(this.zoom ?? this.whole);

	#steps = 0;
	#messages = -1; // of the recording when it was last asked for
	#runs = false;
	#askedAt = Number.NEGATIVE_INFINITY;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#leaving = new AbortController();

	constructor(private readonly api: TapeApi) {}

	/** Shows a recording as it is now, in so many steps; undefined: none. */
	show(recording: Recording | undefined, steps: number): void {
		const isOther = recording?.name !== this.name;
		if (isOther) this.#reset(recording?.name ?? '');
		if (!recording || !recording.first_time || !recording.last_time) return;
		this.#runs = recording.state === 'recording';
		const isNew = recording.messages !== this.#messages || steps !== this.#steps;
		if (!isNew) return;
		this.whole = { from: parseTime(recording.first_time), to: Math.max(parseTime(recording.last_time), parseTime(recording.first_time) + leastMs) };
		this.#messages = recording.messages;
		const isWider = steps !== this.#steps;
		this.#steps = steps;
		this.#askIn(isOther ? 0 : isWider ? patienceMs : Math.max(0, this.#askedAt + growsMs - performance.now()), true);
		if (isOther) void this.list();
	}

	/** Leaves it. What was fetched stays for who comes back. */
	leave(): void {
		clearTimeout(this.#timer);
		this.#leaving.abort();
		this.#messages = -1;
	}

	/** It has another name; all else is the same. */
	rename(name: string): void {
		this.name = name;
	}

	/** Looks at a part, kept within the recording; null: at all of it. */
	look(view: View | null): void {
		const { whole } = this;
		if (!whole) return;
		const size = view ? Math.max(leastMs, view.to - view.from) : Number.POSITIVE_INFINITY;
		if (!view || size >= whole.to - whole.from) this.zoom = this.part = null;
		else {
			const from = Math.max(whole.from, Math.min(view.from, whole.to - size));
			this.zoom = { from, to: from + size };
		}
		if (this.zoom) this.#askIn(patienceMs, false);
	}

	/** Looks closer (factor below 1) or from further away; what is at a time stays where it is. */
	scale(factor: number, at: number): void {
		const { view } = this;
		if (!view) return;
		this.look({ from: at - (at - view.from) * factor, to: at + (view.to - at) * factor });
	}

	/** Goes to a time, and brings it into sight. */
	go(at: number): void {
		const { whole, view } = this;
		if (!whole || !view) return;
		this.cursor = Math.max(whole.from, Math.min(whole.to, at));
		if (this.cursor < view.from || this.cursor > view.to) {
			const half = (view.to - view.from) / 2;
			this.look({ from: this.cursor - half, to: this.cursor + half });
		}
	}

	/** What is between two times, within the recording. */
	span(one: number, other: number): Span {
		const { whole, name } = this;
		const within = (at: number) => Math.max(whole?.from ?? at, Math.min(whole?.to ?? at, at));
		return { recording: name, from: within(Math.min(one, other)), to: within(Math.max(one, other)) };
	}

	async list(): Promise<void> {
		const { name } = this;
		await refusedBy(async () => {
			const found = await this.api.bookmarks(name);
			if (this.name === name) this.bookmarks = found;
		}); // those that are there stay
	}

	/** Keeps a bookmark. Reports whether it is kept. */
	async note(at: number, note: string): Promise<boolean> {
		this.refusal = await refusedBy(() => this.api.addBookmark(this.name, { time: wireMicros(at), ...(note.trim() ? { note: note.trim() } : {}) }));
		if (this.refusal === null) await this.list();
		return this.refusal === null;
	}

	async forget(id: number): Promise<void> {
		this.refusal = await refusedBy(() => this.api.removeBookmark(this.name, id));
		await this.list();
	}

	#reset(name: string): void {
		this.leave();
		this.name = name;
		this.whole = this.zoom = null;
		this.all = this.part = null;
		this.cursor = null;
		this.begun = null;
		this.bookmarks = [];
		this.trouble = this.refusal = null;
		this.#askedAt = Number.NEGATIVE_INFINITY;
	}

	#askIn(ms: number, isOfAll: boolean): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.#ask(isOfAll), ms);
	}

	/** Only the newest question counts. */
	async #ask(isOfAll: boolean): Promise<void> {
		if (this.#steps <= 0) return;
		this.#leaving.abort();
		this.#leaving = new AbortController();
		const { signal } = this.#leaving;
		const { name, zoom } = this;
		this.#askedAt = performance.now();
		try {
			this.trouble = await refusedBy(async () => {
				// Which lanes there are, and in which order, says all of it.
				if (isOfAll || !this.all) {
					const found = densityOf(await this.api.timeline(name, null, this.#steps, signal));
					if (signal.aborted) return;
					this.all = found;
					if (this.#runs) this.whole = { from: found.from, to: Math.max(found.to, this.whole?.to ?? 0) };
				}
				if (!zoom) return;
				const found = densityOf(await this.api.timeline(name, zoom, this.#steps, signal));
				if (!signal.aborted) this.part = found;
			});
		} catch (error) {
			if (!signal.aborted) throw error;
		}
	}
}

export function densityOf({ from, to, step_us, streams, others, late, lost }: Timeline): Density {
	return { from: parseTime(from), to: parseTime(to), stepMs: step_us / 1000, streams, others: others ?? [], late, lost };
}
