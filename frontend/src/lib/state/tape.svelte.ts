import { ApiError, refusedBy } from '$lib/api/http';
import { type ExportAsk, formats, type ImportAsk, TapeApi } from '$lib/api/tape';
import { save, SaveError } from '$lib/host/save';
import { Beside } from '$lib/state/beside.svelte';
import type { Hub } from '$lib/state/hub.svelte';
import { Listed } from '$lib/state/listed.svelte';
import { Minis } from '$lib/state/minis.svelte';
import type { Span, SpanName } from '$lib/state/recordings.svelte';
import { Reel } from '$lib/state/reel.svelte';
import { Replaying } from '$lib/state/replaying.svelte';
import { Seen } from '$lib/state/seen';

/** Of a page so many messages tell what can be asked for, by their first characters. */
const learntRows = 50;
const learntLength = 256;

const spanNames: readonly SpanName[] = ['a', 'b'];

/** Why a file was not saved or taken. */
export interface FileRefusal {
	code?: string;
	message: string;
	hint: string;
}

/** What the screen Tape shows beyond the list of recordings. It is loaded with the screen, and stays for as long as the page is open. */
export class Tape {
	readonly reel: Reel;
	readonly minis: Minis;
	readonly replaying: Replaying;
	readonly beside: Beside;
	readonly listed: Listed;
	/** What a search may ask for because it is in the recording. */
	readonly seen: Seen;
	/** Why the newest change of a recording was refused; null: it was not. */
	refusal = $state.raw<ApiError | null>(null);
	/** Which dialog is open. */
	dialog = $state<'export' | 'import' | null>(null);
	/** A file that was dropped, to be taken in. */
	dropped = $state.raw<File | null>(null);

	/** The spans that are marked in the recording that is shown. */
	readonly marked: readonly SpanName[] = $derived.by(() => spanNames.filter((which) => this.#span(which, this.reel.name) !== null));
	/** The part that is replayed: one that is not marked any more is all of it. */
	readonly part: SpanName | '' = $derived.by(() => this.marked.find((which) => which === this.replaying.part) ?? '');

	readonly #api: TapeApi;

	constructor(private readonly hub: Hub) {
		this.#api = new TapeApi(hub.rest);
		this.reel = new Reel(this.#api);
		this.minis = new Minis(this.#api);
		this.replaying = new Replaying(this.#api, undefined, (which, recording) => this.#span(which, recording));
		this.beside = new Beside(this.#api);
		this.seen = new Seen(() => this.reel.all?.streams ?? [], () => []);
		this.listed = new Listed(this.#api, (rows) => this.seen.learn(rows.slice(0, learntRows).map(({ payload }) => ({ preview: payload.slice(0, learntLength) }))));
	}

	/** Marks one end of a span at a time: its beginning, and then its end. */
	corner(which: SpanName, at: number): void {
		const { reel } = this;
		const { begun } = reel;
		if (begun?.which !== which) {
			reel.begun = { which, at };
			return;
		}
		reel.begun = null;
		if (at !== begun.at) this.hub.recordings[which] = reel.span(begun.at, at);
	}

	#span(which: SpanName, recording: string): Span | null {
		const span = this.hub.recordings[which];
		return span?.recording === recording ? span : null;
	}

	/** Clears what is marked. Reports whether there was anything. */
	clear(): boolean {
		const { recordings } = this.hub;
		const had = recordings.a !== null || recordings.b !== null || this.reel.begun !== null;
		recordings.a = recordings.b = null;
		this.reel.begun = null;
		return had;
	}

	/** Goes to a time, and has what is replayed go there. */
	seek(at: number): void {
		this.reel.go(at);
		void this.replaying.seek(this.reel.name, this.reel.cursor ?? at);
	}

	/** Replays from where the cursor is, goes on, or waits. */
	play(): void {
		if (this.reel.name) void this.replaying.play(this.reel.name, this.reel.cursor);
	}

	/** Gives a recording another name. Reports whether it has it. */
	async rename(before: string, after: string): Promise<boolean> {
		const name = after.trim();
		if (name === '' || name === before) return true;
		this.refusal = await refusedBy(() => this.#api.rename(before, name));
		if (this.refusal !== null) return false;
		if (this.reel.name === before) this.reel.rename(name);
		this.hub.recordings.rename(before, name);
		await this.hub.recordings.refresh();
		return true;
	}

	async remove(name: string): Promise<void> {
		this.refusal = await refusedBy(() => this.#api.remove(name));
		if (this.refusal !== null) return;
		this.hub.recordings.forget(name);
		await this.hub.recordings.refresh();
	}

	/** Saves a recording as a file. Returns why not; null: it is saved, or the browser sees to it. */
	async save(name: string, ask: ExportAsk): Promise<FileRefusal | null> {
		try {
			await save(this.hub.host, this.#api.exportPath(name, ask), `${name}.${formats[ask.format]}`, this.#api.key);
			return null;
		} catch (error) {
			if (error instanceof ApiError || error instanceof SaveError) return error;
			throw error;
		}
	}

	/** Makes a recording of a file, and shows it. Returns why not; null: it is there. */
	async takeIn(file: File, how: ImportAsk): Promise<ApiError | null> {
		return refusedBy(async () => {
			const made = await this.#api.importFile(file, how);
			await this.hub.recordings.refresh();
			this.hub.recordings.choose(made.name);
		});
	}
}

/** Each hub's, for the hub is there before the screen is. */
const tapes = new WeakMap<Hub, Tape>();

export function tapeOf(hub: Hub): Tape {
	let tape = tapes.get(hub);
	if (!tape) tapes.set(hub, (tape = new Tape(hub)));
	return tape;
}
