import { backoff } from '$lib/api/backoff';
import { decodeFeed } from '$lib/api/decode';
import type { AlertEvent, Experiment, FaultsOn, FeedFrame, FeedHello, FeedQuery, FeedSeries, SeriesAsk, Shared, SocketError } from '$lib/wire';

/** Why the hub turned the viewer away, in its own words. */
export interface Refusal {
	message: string;
	hint: string;
	/** Such as "wrong_origin", where the hub gave one. */
	code?: string;
}

/**
 * How the viewer stands with its hub. Times are in ms on the clock of
 * FeedOptions.now.
 */
export type FeedState =
	| { kind: 'connecting' } // for the first time
	| { kind: 'live'; stopping: boolean } // stopping: the hub sends what still waits, then ends
	| { kind: 'lost'; since: number; stopping: boolean; refusal: Refusal | null };

/** What a FeedSocket needs from the world, so that tests can be the world. */
export interface FeedOptions {
	url: string;
	/** Asked after a connection that never opened, for a browser hides the status of a handshake. */
	refusal: () => Promise<Refusal | null>;
	/** Asked before each new attempt once the hub has refused: attempts count there as refusals, and this does not. */
	welcome: () => Promise<boolean>;
	onhello: (hello: FeedHello) => void;
	onframe: (frame: FeedFrame) => void;
	/** The hub does not tell a series, which it names by its id. */
	onrefused: (id: number, why: Refusal) => void;
	/** How the hub is shared has changed; onhello told how it was. */
	onsharing: (sharing: Shared) => void;
	/** Other faults are on than before; onhello told which were. */
	onfaults: (faults: readonly FaultsOn[]) => void;
	/** Which alerts are raised has changed; onhello told how it was. */
	onalerts: (raised: readonly AlertEvent[]) => void;
	/** A recording began, ended or changed its name, or the flight recorder did. */
	onrecordings: () => void;
	/** The hub has forgotten its recent messages. */
	oncleared: () => void;
	/** How far the experiment is. */
	onexperiment: (experiment: Experiment) => void;
	onstate: (state: FeedState) => void;
	open?: (url: string) => WebSocket;
	now?: () => number;
	random?: () => number;
}

/** The hub sends a frame each second at least; a silence this long is a dead connection. */
const silenceMs = 5000;

/** The close code of a hub that shows somebody out: the key was revoked, or sharing has ended. */
const notAllowed = 1008;

/** The hub says why, and behind a semicolon what to do. */
function reasonOf(text: string): Refusal {
	const [message = '', hint = ''] = text.split('; ', 2);
	return { message, hint };
}

function refusalOf({ message, hint = '', code }: SocketError): Refusal {
	return { message, hint, code };
}

/**
 * The viewer's feed. It connects, and connects again for as long as it runs,
 * and says honestly how it stands: "live" means that the hub has greeted.
 */
export class FeedSocket {
	#options: Required<FeedOptions>;
	#socket: WebSocket | null = null;
	#state: FeedState = { kind: 'connecting' };
	#attempt = 0;
	#running = false;
	#series: SeriesAsk[] = [];
	#query: FeedQuery = { type: 'query', number: 0, query: '', highlight: '' };
	#lastWords: Refusal | null = null; // an error the hub sent; it explains the close that follows
	#retry: ReturnType<typeof setTimeout> | undefined;
	#silence: ReturnType<typeof setTimeout> | undefined;

	constructor(options: FeedOptions) {
		this.#options = {
			open: (url) => new WebSocket(url),
			now: () => performance.now(),
			random: Math.random,
			...options,
		};
	}

	/** Connects. Calling it twice changes nothing. */
	start(): void {
		if (this.#running) return;
		this.#running = true;
		this.#connect();
	}

	/** Disconnects and stays so. */
	stop(): void {
		this.#running = false;
		this.#drop();
	}

	/** Tries at once, instead of when the wait is over. */
	retryNow(): void {
		if (!this.#running || this.#socket) return;
		this.#attempt = 0;
		this.#connect();
	}

	/**
	 * From now on the hub sends only messages that query selects, "" being all of
	 * them, and marks those that highlight selects. Its frames tell the number from
	 * then on; that of all messages, before any query, is 0.
	 */
	query(number: number, query: string, highlight: string): void {
		this.#query = { type: 'query', number, query, highlight };
		if (this.#state.kind === 'live') this.#sendQuery();
	}

	#sendQuery(): void {
		this.#socket?.send(JSON.stringify(this.#query));
	}

	/** From now on the hub tells of these series and no others; those it tells of already go on. */
	series(asks: SeriesAsk[]): void {
		this.#series = asks;
		if (this.#state.kind === 'live') this.#sendSeries();
	}

	#sendSeries(): void {
		const frame: FeedSeries = { type: 'series', series: this.#series };
		this.#socket?.send(JSON.stringify(frame));
	}

	#connect(): void {
		clearTimeout(this.#retry);
		const socket = this.#options.open(this.#options.url);
		this.#socket = socket;
		this.#listenForSilence();
		socket.onmessage = (event) => this.#receive(event.data);
		socket.onclose = (event) => this.#closed(event);
	}

	#receive(data: unknown): void {
		this.#listenForSilence();
		const message = decodeFeed(data);
		switch (message?.type) {
			case 'hello':
				this.#attempt = 0;
				this.#become({ kind: 'live', stopping: false });
				if (this.#query.number > 0) this.#sendQuery();
				if (this.#series.length > 0) this.#sendSeries();
				this.#options.onhello(message);
				break;
			case 'frame':
				this.#lastWords = null; // it was about something that could be got over
				this.#options.onframe(message);
				break;
			case 'sharing':
				this.#options.onsharing(message.sharing);
				break;
			case 'faults':
				this.#options.onfaults(message.faults);
				break;
			case 'alerts':
				this.#options.onalerts(message.raised);
				break;
			case 'recordings':
				this.#options.onrecordings();
				break;
			case 'cleared':
				this.#options.oncleared();
				break;
			case 'experiment':
				this.#options.onexperiment(message.experiment);
				break;
			case 'stopping':
				this.#become({ kind: 'live', stopping: true });
				break;
			case 'error':
				if (message.id === undefined) this.#lastWords = refusalOf(message);
				else this.#options.onrefused(message.id, refusalOf(message));
				break;
		}
	}

	#closed(event?: CloseEvent): void {
		const greeted = this.#state.kind === 'live';
		if (event?.code === notAllowed && event.reason) this.#lastWords ??= reasonOf(event.reason);
		this.#drop();
		this.#lose();
		this.#retryLater();
		if (!greeted && !this.#lastWords) void this.#askWhy();
		this.#lastWords = null;
	}

	#retryLater(): void {
		this.#retry = setTimeout(() => void this.#tryAgain(), backoff(this.#attempt++, this.#options.random()));
	}

	async #tryAgain(): Promise<void> {
		const isRefused = this.#state.kind === 'lost' && this.#state.refusal !== null;
		const mayCome = !isRefused || (await this.#options.welcome());
		if (!this.#running || this.#socket) return; // it was stopped or told to try at once meanwhile
		if (mayCome) this.#connect();
		else this.#retryLater();
	}

	async #askWhy(): Promise<void> {
		const refusal = await this.#options.refusal();
		// A hub that cannot be reached takes nothing back: what it said last still explains why.
		if (refusal && this.#running && this.#state.kind === 'lost') this.#become({ ...this.#state, refusal });
	}

	/** Keeps the moment and the reason of the first loss over all attempts that follow. */
	#lose(): void {
		const before = this.#state;
		const refusal = this.#lastWords;
		if (before.kind !== 'lost') {
			const stopping = before.kind === 'live' && before.stopping;
			this.#become({ kind: 'lost', since: this.#options.now(), stopping, refusal });
		} else if (refusal) this.#become({ ...before, refusal });
	}

	#become(state: FeedState): void {
		this.#state = state;
		this.#options.onstate(state);
	}

	#listenForSilence(): void {
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => this.#closed(), silenceMs);
	}

	#drop(): void {
		clearTimeout(this.#retry);
		clearTimeout(this.#silence);
		if (!this.#socket) return;
		this.#socket.onmessage = null;
		this.#socket.onclose = null;
		this.#socket.close();
		this.#socket = null;
	}
}
