import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { ofTab } from '$lib/host/remember';
import { type Mistake, mistakeIn } from '$lib/json/check';
import { filled } from '$lib/json/holes';
import { type Attachment, type Draft, hasHoles, type Only, requestOf, roomsIn, type Whom, withoutPlaceholder, withPlaceholder } from '$lib/state/draft';
import { sleep } from '$lib/state/poll';
import { repeatSteadily } from '$lib/state/steadily';
import type { Sent } from '$lib/state/sent.svelte';

/** What became of one message that was sent. */
export type Answer =
	| { at: number; seq: number; namespace: string; depth: number; dropped: number }
	| { at: number; seq: number; said: string; roundTrip: string }
	| { at: number; error: ApiError };

/** How far a repetition has come. */
export interface Progress {
	sent: number;
	of: number;
	running: boolean;
	/** How long after its time the latest was sent, in ms; null: the hub sends them. */
	latestMs: number | null;
}

/** What stands beside the message being written, in the order in which it is offered. */
export const panelNames = ['traffic', 'faults', 'experiment', 'answers'] as const;
export type PanelName = (typeof panelNames)[number];

const keptAnswers = 100;

/** The longest interval in ms, and the most repetitions. */
export const most = 1_000_000;

/** The longest that an ack is waited for, in ms. */
export const mostAckMs = 60_000;

/** The hub fills no message for which it would have to fill more others first. */
const mostSkipped = 1000;

/** How long somebody has stopped writing before the hub is asked what would be sent, in ms. */
const restMs = 200;

/** The message being written, and what the hub said of those that were sent. Kept as long as the page is open. */
export class Compose {
	namespace = $state('/ws/rt_market');
	event = $state('tick');
	data = $state('{\n  "symbol": "AAPL",\n  "price": 231.42\n}');
	whom = $state<Whom>('all');
	/** Divided by commas. */
	rooms = $state('');
	/** The id of the one client. */
	client = $state('');
	/** Whether the one client's program is asked to confirm it, and for how many ms that is waited for, as written. */
	wantsAck = $state(true);
	ackWithin = $state('5000');
	attachments = $state.raw<readonly Attachment[]>([]);
	often = $state<'once' | 'repeat'>('once');
	/** ms between two of a repetition, and how many; as they are written. */
	every = $state('1000');
	times = $state('10');

	/** What stands beside it; null: nobody has chosen. */
	panel = $state<PanelName | null>(null);

	/** The newest first. */
	answers = $state.raw<readonly Answer[]>([]);
	progress = $state.raw<Progress | null>(null);
	/** Whether an ack is waited for. */
	waits = $state(false);
	/** What the holes of the data would be filled with, as JSON; why they cannot be; null: nobody knows yet, or there are none. */
	next = $state.raw<string | ApiError | null>(null);

	#last = $state(''); // the request that was sent last
	#seed = $state(someSeed()); // of what holes are filled with
	#filled = $state(0); // how many messages that made
	/** Of what repeats at the hub: another page's is another, and after a reload it is replaced. */
	readonly #name = ofTab('repeats', () => `Compose ${someSeed().toString(36)}`);

	readonly hasHoles = $derived(hasHoles(this.data));
	readonly mistake = $derived<Mistake | null>(this.data.trim() === '' ? null : mistakeIn(filled(this.data)));
	/** The same as numbers; null: not a whole number from 1 to most. */
	readonly everyMs = $derived(wholeOf(this.every, most));
	readonly count = $derived(wholeOf(this.times, most));
	readonly ackMs = $derived(wholeOf(this.ackWithin, mostAckMs));
	readonly ready = $derived(
		!this.mistake &&
			!this.waits &&
			(this.often === 'once' || (this.everyMs !== null && this.count !== null)) &&
			(this.whom !== 'client' || (this.client !== '' && (!this.wantsAck || this.ackMs !== null))),
	);
	readonly draft = $derived<Draft>({
		namespace: this.namespace,
		event: this.event,
		data: this.data,
		rooms: this.whom === 'rooms' ? roomsIn(this.rooms) : [],
		attachments: this.attachments,
	});
	readonly #only = $derived<Only | null>(this.whom === 'client' ? { id: this.client, ackMs: this.wantsAck && this.often === 'once' ? (this.ackMs ?? 0) : 0 } : null);
	/** What is sent now, as far as it is known; the hub fills holes at the moment of sending. */
	readonly request = $derived(requestOf({ ...this.draft, data: typeof this.next === 'string' && this.hasHoles ? this.next : this.data }, this.#only));
	readonly #written = $derived(JSON.stringify(requestOf(this.draft, this.#only)));
	/** Whether the last thing sent was this very message. */
	readonly again = $derived(this.#last === this.#written);

	#run: AbortController | null = null;

	constructor(
		private readonly rest: Rest,
		private readonly sent: Pick<Sent, 'add'>,
		private readonly maySimulate: () => boolean = () => false,
		private readonly now: () => number = () => performance.now(),
	) {}

	/** Whether a repetition is the hub's work. It repeats nothing for one client, and no files. */
	get steady(): boolean {
		return this.whom !== 'client' && this.attachments.length === 0 && this.maySimulate();
	}

	/** Sends once, or begins to repeat. */
	async go(): Promise<void> {
		if (!this.ready || this.progress?.running) return;
		if (this.often === 'once') return this.sendOne();
		this.sent.add(this.draft);
		await this.#repeat(this.draft, this.#only, this.everyMs ?? most, this.count ?? 1);
	}

	/** Sends once, whatever is wanted of a repetition. */
	async sendOne(): Promise<void> {
		if (!this.ready) return;
		this.sent.add(this.draft);
		await this.#send(this.draft, this.#only);
	}

	/** Ends a repetition. */
	stop(): void {
		this.#run?.abort();
	}

	/** Shows a draft instead of what is written. */
	load(draft: Draft): void {
		this.namespace = draft.namespace;
		this.event = draft.event;
		this.data = draft.data;
		this.attachments = draft.attachments;
		if (draft.rooms.length > 0) this.whom = 'rooms';
		else if (this.whom === 'rooms') this.whom = 'all';
		this.rooms = draft.rooms.join(', ');
	}

	/** Attaches a file, and puts into the data what stands for it. */
	attach(file: Attachment): void {
		this.data = withPlaceholder(this.data, this.attachments.length);
		this.attachments = [...this.attachments, file];
	}

	detach(n: number): void {
		this.attachments = this.attachments.filter((_, i) => i !== n);
		this.data = withoutPlaceholder(this.data, n);
	}

	/** Asks the hub, soon, what the holes would be filled with next. Returns how to stop; for other data it has to be called anew. */
	foresee(): () => void {
		const [data, seed, n] = [this.data, this.#seed, this.often === 'repeat' && this.steady ? 0 : this.#filled];
		if (!this.hasHoles || this.mistake) {
			this.next = null;
			return () => {};
		}
		const leaving = new AbortController();
		const { signal } = leaving;
		void sleep(restMs, signal).then(async () => {
			if (signal.aborted) return;
			try {
				this.next = await this.rest.fill(data, seed, n, signal);
			} catch (error) {
				if (signal.aborted) return;
				if (!(error instanceof ApiError)) throw error;
				this.next = error;
			}
		});
		return () => leaving.abort();
	}

	async #repeat(draft: Draft, only: Only | null, everyMs: number, of: number): Promise<void> {
		const run = new AbortController();
		this.#run = run;
		this.#last = JSON.stringify(requestOf(draft, only));
		let progress: Progress = { sent: 0, of, running: true, latestMs: null };
		const tell = (sent: number, latestMs: number | null = null) => (this.progress = progress = { ...progress, sent, latestMs });
		tell(0);
		if (this.steady) {
			const said = await this.#answered(() => repeatSteadily(this.rest, { name: this.#name, draft, everyMs, of, seed: this.#seed }, tell, run.signal));
			this.#beginAnew();
			if (said) this.#keep(said);
		} else await this.#repeatHere(draft, only, everyMs, of, tell, run.signal);
		this.progress = { ...progress, running: false };
	}

	/** Sends the same message again and again. Each has its time from the start, so that no delay adds up; an error ends it. */
	async #repeatHere(draft: Draft, only: Only | null, everyMs: number, of: number, tell: (sent: number, latestMs: number) => void, signal: AbortSignal): Promise<void> {
		const start = this.now();
		let latestMs = 0;
		for (let sent = 0; sent < of; ) {
			const due = start + sent * everyMs;
			await sleep(due - this.now(), signal);
			latestMs = Math.max(latestMs, this.now() - due);
			if (signal.aborted || !(await this.#send(draft, only))) return;
			tell(++sent, latestMs);
		}
	}

	/** Reports whether the hub took it. */
	async #send(draft: Draft, only: Only | null): Promise<boolean> {
		this.#last = JSON.stringify(requestOf(draft, only));
		const answer = await this.#answered(async () => {
			const data = hasHoles(draft.data) ? await this.#fill(draft.data) : draft.data;
			return this.#hand({ ...draft, data }, only);
		});
		this.#keep(answer);
		return !('error' in answer);
	}

	/** The data with its holes filled, each time with what comes next. */
	#fill(data: string): Promise<string> {
		if (this.#filled > mostSkipped) this.#beginAnew();
		return this.rest.fill(data, this.#seed, this.#filled++, null);
	}

	#beginAnew(): void {
		this.#seed = someSeed();
		this.#filled = 0;
	}

	/** What the task gives, or why the hub refused it. */
	async #answered<T>(task: () => Promise<T>): Promise<T | { at: number; error: ApiError }> {
		try {
			return await task();
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			return { at: Date.now(), error };
		}
	}

	#keep(answer: Answer): void {
		this.answers = [answer, ...this.answers].slice(0, keptAnswers);
	}

	async #hand(draft: Draft, only: Only | null): Promise<Answer> {
		const { path, body } = requestOf(draft, only);
		if (!only?.ackMs) {
			const taken = await this.rest.hand(path, body);
			const [[namespace, depth] = ['', 0]] = Object.entries(taken.queue_depth);
			return { at: Date.now(), seq: taken.first_seq, namespace, depth, dropped: taken.dropped };
		}
		this.waits = true;
		try {
			const { seq, payload, roundTrip } = await this.rest.askClient(path, body);
			return { at: Date.now(), seq, said: payload, roundTrip };
		} finally {
			this.waits = false;
		}
	}
}

/** A seed of its own for the hub's dice; 0 is none there. */
function someSeed(): number {
	return 1 + Math.floor(Math.random() * 2 ** 31);
}

function wholeOf(text: string, most: number): number | null {
	const n = Number(text.trim() || Number.NaN);
	return Number.isInteger(n) && n >= 1 && n <= most ? n : null;
}
