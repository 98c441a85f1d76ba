import { ApiError, type Rest } from '$lib/api/rest';
import { mistakeIn } from '$lib/json/check';
import { sleep } from '$lib/state/poll';

/** What became of one message that was sent. */
export type Answer =
	| { at: number; seq: number; namespace: string; depth: number; dropped: number }
	| { at: number; error: ApiError };

/** How far a repetition has come. */
export interface Progress {
	sent: number;
	of: number;
	running: boolean;
}

/** What can stand beside the message being written, in the order in which it is offered. */
export const panelNames = ['traffic', 'faults', 'experiment', 'answers'] as const;
export type PanelName = (typeof panelNames)[number];

const keptAnswers = 100;

/** The longest interval in ms, and the most repetitions. */
export const most = 1_000_000;

/** The message being written, and what the hub said of those that were sent. Kept as long as the page is open. */
export class Compose {
	namespace = $state('/ws/rt_market');
	event = $state('tick');
	data = $state('{\n  "symbol": "AAPL",\n  "price": 231.42\n}');
	/** Divided by commas; none: everybody in the namespace. */
	rooms = $state('');
	often = $state<'once' | 'repeat'>('once');
	/** ms between two of a repetition, and how many; as they are written. */
	every = $state('1000');
	times = $state('10');

	/** What stands beside it; null: nobody has chosen. */
	panel = $state<PanelName | null>(null);

	/** The newest first. */
	answers = $state.raw<readonly Answer[]>([]);
	progress = $state.raw<Progress | null>(null);

	#last = $state(''); // the body that was sent last

	readonly mistake = $derived(this.data.trim() === '' ? null : mistakeIn(this.data));
	/** The same as numbers; null: not a whole number from 1 to most. */
	readonly everyMs = $derived(wholeOf(this.every));
	readonly count = $derived(wholeOf(this.times));
	readonly ready = $derived(!this.mistake && (this.often === 'once' || (this.everyMs !== null && this.count !== null)));
	/** The request's text. The data is in it as it is written, for a number beyond 2^53 would not survive being parsed. */
	readonly body = $derived(this.#compose());
	/** Whether the last thing sent was this very message. */
	readonly again = $derived(this.#last === this.body);

	#run: AbortController | null = null;

	constructor(
		private readonly rest: Rest,
		private readonly now: () => number = () => performance.now(),
	) {}

	/** Sends once, or begins to repeat. */
	async go(): Promise<void> {
		if (!this.ready || this.progress?.running) return;
		if (this.often === 'once') await this.#send(this.body);
		else await this.#repeat(this.body, this.everyMs ?? most, this.count ?? 1);
	}

	/** Ends a repetition. */
	stop(): void {
		this.#run?.abort();
	}

	/** Sends the same message again and again. Each has its time from the start, so that no delay adds up; an error ends it. */
	async #repeat(body: string, everyMs: number, of: number): Promise<void> {
		const run = new AbortController();
		this.#run = run;
		const start = this.now();
		let sent = 0;
		this.progress = { sent, of, running: true };
		while (sent < of) {
			await sleep(start + sent * everyMs - this.now(), run.signal);
			if (run.signal.aborted || !(await this.#send(body))) break;
			this.progress = { sent: ++sent, of, running: true };
		}
		this.progress = { sent, of, running: false };
	}

	/** Reports whether the hub took it. */
	async #send(body: string): Promise<boolean> {
		this.#last = body;
		let answer: Answer;
		try {
			const taken = await this.rest.publish(body);
			const [[namespace, depth] = ['', 0]] = Object.entries(taken.queue_depth);
			answer = { at: Date.now(), seq: taken.first_seq, namespace, depth, dropped: taken.dropped };
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			answer = { at: Date.now(), error };
		}
		this.answers = [answer, ...this.answers].slice(0, keptAnswers);
		return !('error' in answer);
	}

	#compose(): string {
		const rooms = this.rooms.split(',').map((r) => r.trim()).filter(Boolean);
		const names = [
			...(this.namespace ? [`"namespace": ${JSON.stringify(this.namespace)}`] : []),
			`"event": ${JSON.stringify(this.event)}`,
			...(rooms.length > 0 ? [`"rooms": ${JSON.stringify(rooms)}`] : []),
		].join(', ');
		return this.data.trim() ? `{\n  ${names},\n  "data": ${this.data.trim().replaceAll('\n', '\n  ')}\n}` : `{ ${names} }`;
	}
}

function wholeOf(text: string): number | null {
	const n = Number(text.trim() || Number.NaN);
	return Number.isInteger(n) && n >= 1 && n <= most ? n : null;
}
