import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { clock, dayMonth } from '$lib/format/time';
import { poll } from '$lib/state/poll';
import type { Flight, NewRecording, Recording, RecordingList } from '$lib/wire';

/** A part of a recording, in ms since 1970. */
export interface Span {
	recording: string;
	from: number;
	to: number;
}

/** Which of the two that are compared. */
export type SpanName = 'a' | 'b';

/** What became of the newest act that the screen Tape does not show itself. */
export type RecordingsEnd = { kind: 'kept' | 'stopped'; name: string } | { kind: 'refused'; error: ApiError };

/** How long that is said, in ms. */
const saidMs = 8000;

/** Every recording of the hub, and which of them, and what in it, is looked at. */
export class Recordings {
	/** Newest first. */
	list = $state.raw<readonly Recording[]>([]);
	/** Whether the hub has answered yet. */
	known = $state(false);
	/** Bytes of all on the disk, and beyond how many the oldest are deleted; 0: no limit. */
	fileBytes = $state(0);
	maxBytes = $state(0);
	flight = $state.raw<Flight | null>(null);
	/** Why the hub did not tell; null: it did. */
	trouble = $state.raw<ApiError | null>(null);
	said = $state.raw<RecordingsEnd | null>(null);

	/** The name of the one that was chosen; empty: none was. */
	chosen = $state('');
	/** The two parts that are compared. */
	a = $state.raw<Span | null>(null);
	b = $state.raw<Span | null>(null);
	/** What is searched for in it; null: its messages are not listed. */
	sought = $state<string | null>(null);

	/** The one that is looked at: the chosen one, or the newest that can be read. */
	readonly open = $derived(this.list.find((r) => r.name === this.chosen) ?? this.list.find((r) => r.messages > 0) ?? this.list[0]);
	/** Those that run, newest first. */
	readonly running = $derived(this.list.filter((r) => r.state === 'recording'));

	#acts = 0; // answers that were asked for before an act tell of what was
	#turn: Promise<void> = Promise.resolve(); // of toggle, one at a time
	#silence: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly rest: Rest) {}

	/** Asks again and again. Returns how to stop. */
	watch(everyMs: number): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** Begins one. Returns why not; null: it runs. */
	async start(wanted: NewRecording): Promise<ApiError | null> {
		return this.#do(() => this.rest.record(wanted));
	}

	/** Ends one that runs. */
	async stop(name: string): Promise<void> {
		const error = await this.#do(() => this.rest.stopRecording(name));
		this.#say(error ? { kind: 'refused', error } : { kind: 'stopped', name });
	}

	/** Makes a recording of what the flight recorder has. */
	async keep(): Promise<void> {
		let name = '';
		const error = await this.#do(async () => {
			name = (await this.rest.keepFlight({})).name;
		});
		this.#say(error ? { kind: 'refused', error } : { kind: 'kept', name });
	}

	/**
	 * Begins one under the name of the time, or ends the one that runs. Of several it
	 * ends none. Who asks twice at once gets one that begins and ends.
	 */
	toggle(now: number, locale: string): Promise<void> {
		const turn = this.#turn.then(() => this.#toggle(now, locale));
		this.#turn = turn.catch(() => undefined); // who asked hears of it
		return turn;
	}

	async #toggle(now: number, locale: string): Promise<void> {
		const [one, another] = this.running;
		if (another) return;
		if (one) return this.stop(one.name);
		const error = await this.start({ name: this.nameFor(now, locale) });
		if (error) this.#say({ kind: 'refused', error });
	}

	/** A name for one that begins now, which no other has: "30 Nov, 14.05". */
	nameFor(now: number, locale: string): string {
		const plain = `${dayMonth(now, locale)}, ${clock(now).slice(0, 5).replace(':', '.')}`;
		const taken = new Set(this.list.map((r) => r.name.toLowerCase()));
		for (let n = 1; ; n++) {
			const name = n === 1 ? plain : `${plain} (${n})`;
			if (!taken.has(name.toLowerCase())) return name;
		}
	}

	/** Looks at another one; what was marked in the one before is left. */
	choose(name: string): void {
		const before = this.open?.name ?? '';
		this.chosen = name;
		if (name === before) return;
		this.a = this.b = null;
		this.sought = null;
	}

	/** It has another name now. */
	rename(before: string, after: string): void {
		this.#acts++;
		this.list = this.list.map((r) => (r.name === before ? { ...r, name: after } : r));
		if (this.chosen === before) this.chosen = after;
		const moved = (span: Span | null) => (span?.recording === before ? { ...span, recording: after } : span);
		this.a = moved(this.a);
		this.b = moved(this.b);
	}

	/** It is deleted. */
	forget(name: string): void {
		this.#acts++;
		this.list = this.list.filter((r) => r.name !== name);
		if (this.chosen === name) this.choose('');
	}

	/** Asks once, at once. */
	async refresh(): Promise<void> {
		await this.#ask(null);
	}

	take({ recordings, file_bytes, max_bytes, flight }: RecordingList): void {
		this.list = recordings;
		this.fileBytes = file_bytes;
		this.maxBytes = max_bytes;
		this.flight = flight;
		this.known = true;
	}

	async #ask(signal: AbortSignal | null): Promise<void> {
		const acts = this.#acts;
		this.trouble = await refusedBy(async () => {
			const found = await this.rest.recordings(signal);
			if (acts === this.#acts) this.take(found);
		});
	}

	async #do(act: () => Promise<unknown>): Promise<ApiError | null> {
		const refusal = await refusedBy(act);
		this.#acts++;
		if (refusal === null) await this.refresh();
		return refusal;
	}

	#say(end: RecordingsEnd): void {
		this.said = end;
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => (this.said = null), saidMs);
	}
}
