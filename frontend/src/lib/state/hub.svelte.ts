import { FeedSocket, type FeedState } from '$lib/api/feed';
import { ApiError } from '$lib/api/http';
import { Rest, type Whole } from '$lib/api/rest';
import { parseTime } from '$lib/format/time';
import type { Host } from '$lib/host/host';
import { type StreamName, streamQuery } from '$lib/query';
import { yourKey } from '$lib/snippets';
import { Alerts, type Tell } from '$lib/state/alerts.svelte';
import { Audit } from '$lib/state/audit.svelte';
import { Changes } from '$lib/state/changes.svelte';
import { Boards } from '$lib/state/boards.svelte';
import { Clients } from '$lib/state/clients.svelte';
import { Clock } from '$lib/state/clock';
import { Compose } from '$lib/state/compose.svelte';
import { Comparison } from '$lib/state/comparison.svelte';
import { Connection } from '$lib/state/connection.svelte';
import { Copying } from '$lib/state/copying.svelte';
import { Cursor } from '$lib/state/cursor.svelte';
import { Departures } from '$lib/state/departures.svelte';
import { Density } from '$lib/state/density';
import { Detail } from '$lib/state/detail.svelte';
import { Experiment } from '$lib/state/experiment.svelte';
import { Exporting } from '$lib/state/exporting.svelte';
import { Faults } from '$lib/state/faults.svelte';
import { History } from '$lib/state/history';
import { Keeping } from '$lib/state/keeping.svelte';
import { Lanes } from '$lib/state/lanes.svelte';
import { Levels } from '$lib/state/levels.svelte';
import { Messages } from '$lib/state/messages.svelte';
import { Meter } from '$lib/state/meter.svelte';
import { savedDrafts, savedQueries } from '$lib/state/named.svelte';
import { Plots } from '$lib/state/plots.svelte';
import { Pointing } from '$lib/state/pointing.svelte';
import { asked, Query, toggled, type Wanted } from '$lib/state/query.svelte';
import { Rail } from '$lib/state/rail.svelte';
import { Receivers } from '$lib/state/receivers.svelte';
import { Recents } from '$lib/state/recents.svelte';
import { Recordings } from '$lib/state/recordings.svelte';
import { Refusals } from '$lib/state/refusals.svelte';
import { Repeat } from '$lib/state/repeat.svelte';
import { Rhythm } from '$lib/state/rhythm';
import { Rules } from '$lib/state/rules.svelte';
import { Seen } from '$lib/state/seen';
import { Sent } from '$lib/state/sent.svelte';
import { Session } from '$lib/state/session.svelte';
import { Sharing } from '$lib/state/sharing.svelte';
import { Simulators } from '$lib/state/simulators.svelte';
import { Streams } from '$lib/state/streams.svelte';
import { summaries, summary } from '$lib/state/summary';
import { Timeline } from '$lib/state/timeline.svelte';
import { Trigger } from '$lib/state/trigger.svelte';
import { Tuning } from '$lib/state/tuning.svelte';
import type { FeedFrame, FeedHello, Summary } from '$lib/wire';

/** How many of the newest messages a page that has just opened fetches: a screenful. */
const firstRows = 50;

/** Of so many rows of a frame is learnt what a query may ask for: each of many is like the others. */
const learntRows = 4;

/** How far behind now the right edge of what moves is, in ms, so that a frame on its way leaves no hole. */
const behindMs = 120;

/** One hub as this page sees it: every noun, filled from one feed. */
export class Hub {
	readonly connection = new Connection();
	readonly messages = new Messages();
	readonly streams = new Streams();
	readonly rail = new Rail();
	readonly recents = new Recents();
	readonly meter = new Meter();
	readonly refusals = new Refusals();
	readonly clock = new Clock();
	readonly query = new Query();
	readonly saved: ReturnType<typeof savedQueries>;
	readonly seen: Seen;
	readonly density = new Density();
	readonly lanes: Lanes;
	readonly history: History;
	readonly detail: Detail;
	readonly changes: Changes;
	readonly copying = new Copying();
	readonly repeat: Repeat;
	readonly timeline: Timeline;
	readonly tuning: Tuning;
	readonly cursor = new Cursor();
	readonly trigger: Trigger;
	readonly comparison = new Comparison();
	readonly experiment: Experiment;
	readonly exporting: Exporting;
	readonly clients: Clients;
	readonly levels: Levels;
	readonly departures: Departures;
	readonly compose: Compose;
	readonly sent = new Sent();
	readonly drafts: ReturnType<typeof savedDrafts>;
	readonly receivers: Receivers;
	readonly recordings: Recordings;
	readonly plots: Plots;
	readonly pointing: Pointing;
	readonly boards: Boards;
	readonly rules: Rules;
	readonly sharing: Sharing;
	readonly session: Session;
	readonly audit: Audit;
	readonly faults: Faults;
	readonly alerts: Alerts;
	readonly keeping: Keeping;
	readonly simulators: Simulators;
	/** Kept once the hub has greeted for the first time. */
	readonly met: Promise<void>;
	/** Whether the page knows by now if the hub has messages. */
	known = $state(false);

	/** Whether nothing was ever sent, as far as anybody knows. */
	readonly empty = $derived(
		this.known && !this.query.hides && !this.messages.paused && this.messages.rows.length === 0 && this.streams.count === 0,
	);

	/** Whether there are messages to list, or may be. */
	readonly lists = $derived(this.connection.hello !== null && !this.empty && (this.known || this.messages.rows.length > 0));

	/** Whether this viewer may do everything, as far as the hub has said. */
	get isAdmin(): boolean {
		return this.session.scopes !== null && this.session.may('admin');
	}

	/** Its REST API, for what is loaded with a screen. */
	get rest(): Rest {
		return this.#rest;
	}

	/** Every namespace that has a lane or a stream, by name. */
	get namespaces(): string[] {
		return [...new Set([...this.lanes.list, ...this.streams.groups].map((one) => one.namespace))].sort();
	}

	#rest: Rest;
	#feed: FeedSocket;
	#rhythm = new Rhythm(this.messages, (now) => this.#read(now));
	#leaving = new AbortController();
	#greet: () => void = () => {};
	#asked = 0; // how often a query was asked for
	#isAwaited = false; // whether no frame of the query in force has come yet
	#ended: number | null = null; // messages up to the last frame; null: to be counted from the next one on

	constructor(
		readonly host: Host,
		tellAlert: Tell,
	) {
		this.#rest = new Rest(host.http);
		this.met = new Promise((greet) => (this.#greet = greet));
		this.lanes = new Lanes(this.#rest);
		this.saved = savedQueries(this.#rest);
		this.seen = new Seen(() => this.streams.groups.flatMap((g) => g.streams), () => this.clients.list.map((c) => c.client.id));
		this.history = new History(this.#rest, this.messages, this.query, this.lanes);
		this.detail = new Detail(this.#rest);
		this.changes = new Changes(this.#rest);
		this.repeat = new Repeat(this.#rest);
		this.timeline = new Timeline(this.#rest, this.streams, this.lanes);
		this.trigger = new Trigger(this.timeline);
		this.experiment = new Experiment(this.#rest, host);
		this.exporting = new Exporting(this.#rest, host);
		this.tuning = new Tuning(this.#rest, this.lanes);
		this.clients = new Clients(this.#rest);
		this.levels = new Levels(this.#rest);
		this.departures = new Departures(this.#rest);
		this.compose = new Compose(this.#rest, this.sent, () => this.isAdmin);
		this.drafts = savedDrafts(this.#rest);
		this.receivers = new Receivers(this.#rest);
		this.recordings = new Recordings(this.#rest);
		this.plots = new Plots(this.#rest, (asks) => this.#feed.series(asks));
		this.rules = new Rules(this.#rest);
		this.boards = new Boards(this.#rest, this.plots, () => this.isAdmin);
		this.pointing = new Pointing(
			this.#rest,
			this.plots,
			({ namespace, event }) => this.streams.colour(namespace, event),
			() => this.query.text,
		);
		this.sharing = new Sharing(this.#rest);
		this.session = new Session(this.#rest);
		this.audit = new Audit(this.#rest);
		this.faults = new Faults(this.#rest);
		this.alerts = new Alerts(this.#rest, tellAlert);
		this.keeping = new Keeping(this.#rest, host, this.lanes);
		this.simulators = new Simulators(this.#rest);
		this.#feed = new FeedSocket({
			url: `${host.ws}/api/v1/feed`,
			refusal: () => this.#rest.refusal(),
			welcome: () => this.#rest.welcome(),
			onhello: (hello) => void this.#greeted(hello),
			onframe: (frame) => this.#take(frame),
			onrefused: (id, why) => this.plots.refuse(id, why),
			onsharing: (sharing) => (this.connection.sharing = sharing),
			onfaults: (faults) => this.faults.take(faults, this.clock.now()),
			onalerts: (raised) => this.alerts.take(raised),
			onrecordings: () => void this.recordings.refresh(),
			oncleared: () => this.#cleared(),
			onexperiment: (found) => this.experiment.learn(found),
			onstate: (state) => this.#stand(state),
		});
	}

	/** Connects. A key of a view link is shown first; one that is of no use keeps nobody out who may come in without. */
	async start(key: string | null = null): Promise<void> {
		if (key !== null) await this.session.enter(key);
		if (!this.#leaving.signal.aborted) this.#feed.start();
	}

	/** Shows a key, and connects at once if it lets the page in. */
	async enter(key: string): Promise<void> {
		if (await this.session.enter(key)) this.#feed.retryNow();
	}

	stop(): void {
		this.#leaving.abort();
		this.#feed.stop();
		this.#rhythm.stop();
		this.connection.stop();
		this.detail.clear();
		this.timeline.stop();
		this.tuning.stop();
		this.plots.stop();
		this.pointing.stop();
		this.boards.stop();
		this.compose.stop();
	}

	/** The hub's time at the right edge of what moves with it: a little behind now, or where the hub was last heard. */
	get edge(): number {
		const heard = this.timeline.emits.newest;
		return this.connection.live || heard === 0 ? this.clock.now() - behindMs : heard;
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

	/** Copies the selected message as it was copied last. Programs need a key where the page is not on the hub's machine. */
	copySelected(): void {
		const { whole } = this.detail;
		if (whole) void this.copying.copy(whole, this.host.http, this.session.local ? '' : yourKey);
	}

	/** Selects a message by its number, listed or not. Returns why it cannot; null when it did. */
	async show(seq: number): Promise<ApiError | null> {
		try {
			const whole = await this.#rest.message(seq, this.#leaving.signal);
			this.messages.select(summary(whole, this.lanes));
			this.detail.take(whole);
		} catch (error) {
			if (error instanceof ApiError) return error;
			if (!this.#leaving.signal.aborted) throw error;
		}
		return null;
	}

	/**
	 * Changes text, mode or mutes of the query, any of them at once. The hub is
	 * asked first: until it has answered, and when it refuses, the list stays as it
	 * is.
	 */
	async seek(change: Partial<Wanted>): Promise<void> {
		const wanted = this.query.want(change);
		const { query, highlight } = asked(wanted);
		const attempt = ++this.#asked;
		try {
			const page = await this.#rest.newest(query, highlight, firstRows, this.#leaving.signal);
			if (attempt !== this.#asked) return;
			this.query.begin(wanted);
			this.recents.add(wanted.text);
			this.#feed.query(this.query.number, query, highlight);
			this.#isAwaited = true;
			this.density.clearHits();
			this.messages.clear();
			this.#list(page);
			this.#rhythm.ask();
		} catch (error) {
			if (this.#leaving.signal.aborted) return;
			if (!(error instanceof ApiError)) throw error;
			if (attempt === this.#asked) this.query.refuse(wanted, error);
		}
	}

	/** Lists only what a text selects, or marks it, by the query's mode; "" lists everything. */
	async ask(text: string): Promise<void> {
		await this.seek({ text });
	}

	/** Lists no message of a stream any more, or lists it again. */
	async toggleMute(stream: StreamName): Promise<void> {
		await this.seek({ mutes: toggled(this.query.want({}).mutes, stream) });
	}

	/** Lists one stream only, or everything when that stream is all that is listed. */
	toggle(stream: StreamName): void {
		void this.ask(this.query.isStream(stream) ? '' : streamQuery(stream));
	}

	/** Stops the list for as long as its reader wants, or goes on. A list that only the pointer holds is stopped. */
	togglePause(): void {
		if (this.messages.paused && this.messages.pausedBy !== 'pointer') this.goLive();
		else this.messages.pause('hand');
	}

	/** Shows the newest again. */
	goLive(): void {
		this.messages.resume();
	}

	/** Holds the list, and has it reach back to a time, in ms since 1970. */
	async reach(at: number): Promise<void> {
		this.messages.pause('hand');
		await this.history.until(at);
	}

	/**
	 * Selects the next older (+1) or newer (−1) message of those that are wanted.
	 * The list is held still for that, but not when there is none.
	 */
	step(by: 1 | -1, wanted?: (row: Summary) => boolean): void {
		if (!this.messages.paused) this.messages.commit(); // what has come but is not on screen yet counts too
		const row = this.messages.beside(by, wanted);
		if (!row) {
			if (by > 0) void this.history.more(); // the next press finds it
			return;
		}
		this.messages.pause('hand');
		this.select(row);
	}

	/** A page that was shut out and is let in again goes on; who asks without need is not interrupted. */
	#stand(state: FeedState): void {
		const before = this.connection.state;
		if (state.kind === 'live' && before.kind === 'lost' && before.refusal) this.session.asking = false;
		this.connection.become(state);
	}

	/** The hub has forgotten what was, so the list does. The selected message stays. */
	#cleared(): void {
		this.messages.clear();
		this.messages.commit();
		this.plots.clear();
		this.#rhythm.ask();
	}

	async #greeted(hello: FeedHello): Promise<void> {
		const isBack = this.connection.hello !== null;
		this.connection.hello = hello;
		this.connection.sharing = hello.sharing;
		this.faults.take(hello.faults, this.clock.now());
		void this.session.begin(hello.scopes);
		this.lanes.limit = { floorUs: hello.late_floor_us, share: hello.late_share };
		this.meter.begin(hello.points);
		this.alerts.greet(hello.alerts);
		this.density.begin(hello.points);
		this.#ended = null;
		this.#isAwaited = this.query.number > 0;
		this.detail.again();
		this.timeline.begin();
		if (isBack) this.messages.addAway(this.connection.awaySeconds);
		this.#greet();
		await this.#fill();
		this.known = true;
	}

	/** Fetches what was there before the feed began to tell. */
	async #fill(): Promise<void> {
		const { number } = this.query;
		const { query, highlight } = asked(this.query);
		try {
			const page = await this.#rest.newest(query, highlight, firstRows, this.#leaving.signal);
			if (number === this.query.number) this.#list(page);
		} catch (error) {
			if (!(error instanceof ApiError) && !this.#leaving.signal.aborted) throw error;
			// The feed still shows everything from now on.
		}
		this.#rhythm.ask();
	}

	#list(page: readonly Whole[]): void {
		const rows = summaries(page, this.lanes);
		this.seen.learn(rows);
		this.messages.fill(rows);
	}

	#take(frame: FeedFrame): void {
		this.clock.hear(parseTime(frame.time));
		const isOfQuery = frame.query === this.query.number;
		this.messages.add(isOfQuery ? frame.messages : [], isOfQuery ? frame.matched : 0, frame.lost);
		if (isOfQuery) this.query.add(frame);
		this.seen.learn(frame.messages.slice(-learntRows));
		this.#count(frame, isOfQuery ? this.query.foundIn(frame) : 0);
		this.lanes.add(frame.lanes);
		this.meter.add(frame);
		if (frame.second) {
			this.streams.add(frame.second.streams, frame.time);
			this.refusals.add(parseTime(frame.time), frame.second.lanes);
			this.messages.takeSample();
			this.density.mend(frame.second.point);
		}
		this.timeline.add(frame);
		this.plots.add(frame);
		this.trigger.look(frame);
		if (isOfQuery && this.#isAwaited) {
			this.#isAwaited = false;
			void this.#fill(); // what ended after the list was fetched and before the query was in force
		}
		this.#rhythm.hear();
	}

	/** Puts what ended since the last frame, and what the query found in it, where it is drawn. */
	#count({ time, counters }: FeedFrame, found: number): void {
		const ended = counters.emitted + counters.dropped + counters.dropped_on_purpose + counters.received;
		if (this.#ended !== null && ended >= this.#ended) this.density.add(parseTime(time), ended - this.#ended, found);
		this.#ended = ended;
	}

	/** Puts on screen what has come, but for the list. */
	#read(now: number): void {
		this.streams.commit(now);
		this.lanes.commit();
		this.meter.commit();
		this.plots.commit();
		this.query.commit();
	}
}
