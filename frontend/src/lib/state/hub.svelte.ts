import { FeedSocket } from '$lib/api/feed';
import { ApiError, Rest, type Whole } from '$lib/api/rest';
import { parseDuration } from '$lib/format/number';
import type { Host } from '$lib/host/host';
import { Beats } from '$lib/state/beats';
import { Clients } from '$lib/state/clients.svelte';
import { Compose } from '$lib/state/compose.svelte';
import { Connection } from '$lib/state/connection.svelte';
import { Detail } from '$lib/state/detail.svelte';
import { Kept } from '$lib/state/kept.svelte';
import { Lanes, lateLimit } from '$lib/state/lanes.svelte';
import { Messages } from '$lib/state/messages.svelte';
import { Meter } from '$lib/state/meter.svelte';
import { Painter } from '$lib/state/painter';
import { Streams } from '$lib/state/streams.svelte';
import { Timeline } from '$lib/state/timeline.svelte';
import type { FeedFrame, FeedHello, Summary } from '$lib/wire';

/** One stream: all messages with one namespace and event. */
export interface StreamName {
	namespace: string;
	event: string;
}

/** How many of the newest messages a page that has just opened fetches: a screenful. */
const firstRows = 50;

/**
 * How often the list changes at most, in ms. Nobody reads faster, and each
 * change costs time that the emitter on the same machine could need.
 */
const listEveryMs = 100;

/** The first bytes of a payload that a row shows; the same number as the hub's. */
const previewLength = 256;

/** One hub as this page sees it: every noun, filled from one feed. */
export class Hub {
	readonly connection = new Connection();
	readonly messages = new Messages();
	readonly lanes = new Lanes();
	readonly streams = new Streams();
	readonly meter = new Meter();
	readonly beats = new Beats();
	readonly detail: Detail;
	readonly timeline: Timeline;
	readonly clients: Clients;
	readonly compose: Compose;
	readonly kept: Kept;
	/** The only stream whose messages are listed; null: all of them. */
	only = $state.raw<StreamName | null>(null);
	/** Whether the page knows by now if the hub has messages. */
	known = $state(false);

	/** Whether nothing was ever sent, as far as anybody knows. */
	readonly empty = $derived(
		this.known && !this.only && !this.messages.paused && this.messages.rows.length === 0 && this.streams.count === 0,
	);

	#rest: Rest;
	#feed: FeedSocket;
	#painter = new Painter(() => this.#commit());
	#leaving = new AbortController();
	#listedAt = Number.NEGATIVE_INFINITY;

	constructor(readonly host: Host) {
		this.#rest = new Rest(host.http);
		this.detail = new Detail(this.#rest);
		this.timeline = new Timeline(this.#rest, this.streams, this.lanes);
		this.clients = new Clients(this.#rest);
		this.compose = new Compose(this.#rest);
		this.kept = new Kept(this.#rest);
		this.#feed = new FeedSocket({
			url: `${host.ws}/api/v1/feed`,
			refusal: () => this.#rest.refusal(),
			onhello: (hello) => void this.#greeted(hello),
			onframe: (frame) => this.#take(frame),
			onstate: (state) => this.connection.become(state),
		});
	}

	start(): void {
		this.#feed.start();
	}

	stop(): void {
		this.#leaving.abort();
		this.#feed.stop();
		this.#painter.stop();
		this.connection.stop();
		this.detail.clear();
		this.timeline.stop();
	}

	/** Tries to connect at once. */
	retry(): void {
		this.#feed.retryNow();
	}

	/** Selects a message and fetches the whole of it; null selects none. */
	select(row: Summary | null): void {
		this.messages.select(row);
		if (row) void this.detail.load(row.seq);
		else this.detail.clear();
	}

	/** Lists one stream only; null lists all. The hub itself leaves the others out, so no count is a guess. */
	show(only: StreamName | null): void {
		this.only = only && { namespace: only.namespace, event: only.event };
		this.#feed.query(queryOf(only));
		this.messages.clear();
		void this.#fill();
	}

	/** Shows the newest again. */
	goLive(): void {
		this.messages.resume();
	}

	/** Selects the next older (+1) or newer (−1) message. The list is held still for that. */
	step(by: 1 | -1): void {
		this.messages.pause('hand');
		this.messages.step(by);
		this.select(this.messages.selected);
	}

	async #greeted(hello: FeedHello): Promise<void> {
		const isBack = this.connection.hello !== null;
		this.connection.hello = hello;
		this.lanes.limit = { floorUs: hello.late_floor_us, share: hello.late_share };
		this.meter.begin(hello.points);
		this.timeline.begin();
		if (isBack) this.messages.addAway(this.connection.awaySeconds);
		await this.#fill();
		this.known = true;
	}

	/** Fetches what was there before the feed began to tell. */
	async #fill(): Promise<void> {
		const only = this.only;
		this.#painter.ask();
		try {
			const page = await this.#rest.newest(queryOf(only), firstRows, this.#leaving.signal);
			if (only === this.only) this.messages.fill(page.map((w) => this.#summary(w)));
		} catch (error) {
			if (!(error instanceof ApiError) && !this.#leaving.signal.aborted) throw error;
			// The feed still shows everything from now on.
		}
		this.#painter.ask();
	}

	#take(frame: FeedFrame): void {
		const { only } = this; // a frame may have left the hub before the query arrived there
		const rows = only
			? frame.messages.filter((m) => m.namespace === only.namespace && m.event === only.event)
			: frame.messages;
		this.messages.add(rows, frame.matched, frame.lost);
		this.lanes.add(frame.lanes);
		this.meter.add(frame);
		if (this.lanes.limit) this.beats.add(frame, this.lanes.limit);
		if (frame.second) {
			this.streams.add(frame.second.streams, frame.time);
			this.messages.takeSample();
		}
		this.timeline.add(frame);
		this.#painter.ask();
	}

	#commit(): void {
		const now = performance.now();
		this.streams.commit(now);
		this.lanes.commit();
		this.meter.commit();
		if (now - this.#listedAt >= listEveryMs) {
			this.#listedAt = now;
			this.messages.commit();
		} else if (this.messages.waiting) this.#painter.ask();
	}

	/** What the feed would have said of a message. */
	#summary({ message, payload }: Whole): Summary {
		const lateUs = message.lateness ? parseDuration(message.lateness) : 0;
		const periodUs = this.lanes.find(message.namespace)?.periodUs ?? 0;
		return {
			seq: message.seq,
			namespace: message.namespace,
			event: message.event,
			time: message.emitted_time ?? message.accepted_time,
			preview: payload.slice(0, previewLength),
			size: message.size,
			sockets: message.sockets,
			late_us: lateUs,
			late: this.lanes.limit !== null && lateUs > lateLimit(this.lanes.limit, periodUs),
			outcome: message.outcome,
			...(message.reason ? { reason: message.reason } : {}),
			...(message.to ? { to: message.to } : {}),
		};
	}
}

/** Whether the hub's query language can name a stream: its terms are divided by white space. */
export function canQuery(stream: StreamName): boolean {
	return !/\s/.test(stream.event);
}

function queryOf(only: StreamName | null): string {
	return only ? `ns:${only.namespace} event:${only.event}` : '';
}
