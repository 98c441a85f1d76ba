import { type ApiError, refusedBy } from '$lib/api/http';
import type { AskedAlert, Rest } from '$lib/api/rest';
import { parseTime } from '$lib/format/time';
import { allowance, type Allowance, askForNotices, notice } from '$lib/host/notices';
import { recall, remember } from '$lib/host/remember';
import { chime } from '$lib/host/sound';
import { Fresh } from '$lib/state/fresh';
import { withIn } from '$lib/state/named.svelte';
import { poll } from '$lib/state/poll';
import type { Alert, AlertEvent } from '$lib/wire';

/** How often the list is asked for while it is on screen: as often as the hub looks. */
const everyMs = 1000;

/** Flags are drawn for as long as the longest plot reaches, in ms. */
const flaggedMs = 3_600_000;

/** More flags than this are not told apart. */
const maxFlags = 200;

/** When an alert was raised, as the plots mark it. */
export interface Flag {
	id: number;
	name: string;
	/** In ms since 1970, by the hub's clock. */
	at: number;
}

/** What the page tells of an alert, in the reader's language. */
export type Tell = (event: AlertEvent) => string;

/** The conditions that the hub watches, and what it tells of them. */
export class Alerts {
	/** Every one and how it stands, by name; null as long as nobody knows. */
	list = $state.raw<readonly Alert[] | null>(null);
	/** What is raised now, the newest first: the feed says so at once. */
	raised = $state.raw<readonly AlertEvent[]>([]);
	/** When they were raised, newest first; null as long as nobody knows. */
	history = $state.raw<readonly AlertEvent[] | null>(null);
	/** Those of the last hour, oldest first. */
	flags = $state.raw<readonly Flag[]>([]);
	/** Why the hub did not do what was asked for last; null when it did. */
	refusal = $state.raw<ApiError | null>(null);
	/** Why the hub did not tell the list; null when it did. */
	trouble = $state.raw<ApiError | null>(null);
	/** Whether the sheet of alerts is open, and which event is looked at there; null: what is watched. */
	open = $state(false);
	shown = $state<number | null>(null);
	/** Whether this reader wants notices of the system, and a sound. */
	notices = $state(false);
	sound = $state(false);
	/** Whether notices can be shown at all. */
	allowance = $state<Allowance>('none');

	/** How many are raised that nobody has acknowledged. */
	readonly news = $derived(this.raised.filter((e) => e.acknowledged === undefined).length);

	#told: ReadonlySet<string> | null = null; // what is raised and known here; null: the hub has not greeted yet
	#fresh = new Fresh();

	constructor(
		private readonly rest: Rest,
		private readonly tell: Tell,
	) {}

	/** Opens the sheet, at what happened where an event is meant. */
	show(event: number | null = null): void {
		this.shown = event;
		this.open = true;
	}

	/** Takes what was chosen before. */
	start(): void {
		this.allowance = allowance();
		this.notices = recall('notices') === 'on' && this.allowance === 'granted';
		this.sound = recall('sound') === 'on';
	}

	/** The hub has greeted. What is raised already is no news the first time; later it is what was missed while the hub was away. */
	greet(raised: readonly AlertEvent[]): void {
		this.#told ??= new Set(raised.map(nameOf));
		this.flags = [];
		this.take(raised);
		void this.#look(async () => this.#takeHistory(await this.rest.alertHistory()));
	}

	/** Something was raised, cleared or acknowledged. */
	take(raised: readonly AlertEvent[]): void {
		const news = raised.filter((e) => e.acknowledged === undefined && !this.#told?.has(nameOf(e)));
		this.#told = new Set(raised.map(nameOf));
		this.raised = raised;
		this.#flag(raised);
		for (const event of news) {
			if (this.notices) notice(event.name, this.tell(event), `alert ${event.name}`, () => this.show(event.id));
		}
		if (news.length > 0 && this.sound) chime();
	}

	/** Asks again and again for the list and the history. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#look(() => this.#ask(signal)));
	}

	/** Has the hub watch a condition, and says whether it does. */
	async save(name: string, alert: AskedAlert): Promise<boolean> {
		return this.#change(async () => {
			this.list = withIn(this.list, await this.rest.putAlert(name, alert));
		});
	}

	/** Switches one on or off. */
	async switch(alert: Alert, on: boolean): Promise<boolean> {
		return this.save(alert.name, { ...definitionOf(alert), on });
	}

	/** Has one watched no more; one that the hub brings along is as it was at first. */
	async remove(name: string): Promise<boolean> {
		const isDone = await this.#change(() => this.rest.removeAlert(name));
		if (isDone) await this.#look(() => this.#ask(null));
		return isDone;
	}

	async acknowledge(name: string): Promise<boolean> {
		return this.#change(() => this.rest.acknowledge(name));
	}

	/** Tries a webhook. Returns what went wrong; '': nothing; null: the hub did not try. */
	async test(name: string): Promise<string | null> {
		let wrong: string | null = null;
		await this.#change(async () => {
			wrong = (await this.rest.testWebhook(name)).error ?? '';
		});
		return wrong;
	}

	/** Switches notices on or off. It must be called while a press is handled, for a browser may ask. */
	async useNotices(on: boolean): Promise<void> {
		this.allowance = on ? await askForNotices() : allowance();
		this.notices = on && this.allowance === 'granted';
		remember('notices', this.notices ? 'on' : 'off');
	}

	/** Switches the sound on, which is then heard, or off. */
	useSound(on: boolean): void {
		this.sound = on;
		remember('sound', on ? 'on' : 'off');
		if (on) chime();
	}

	/** Forgets what was refused. */
	forgive(): void {
		this.refusal = null;
	}

	#takeHistory(history: readonly AlertEvent[]): void {
		this.history = history;
		this.#flag(history);
	}

	#flag(events: readonly AlertEvent[]): void {
		const known = new Set(this.flags.map((f) => f.id));
		const fresh = events.filter((e) => !known.has(e.id)).map((e) => ({ id: e.id, name: e.name, at: parseTime(e.raised) }));
		if (fresh.length === 0) return;
		const all = [...this.flags, ...fresh].sort((a, b) => a.at - b.at);
		const newest = all.at(-1)?.at ?? 0;
		this.flags = all.filter((f) => f.at > newest - flaggedMs).slice(-maxFlags);
	}

	async #change(task: () => Promise<void>): Promise<boolean> {
		this.refusal = await this.#fresh.change(task);
		return this.refusal === null;
	}

	async #look(task: () => Promise<unknown>): Promise<void> {
		this.trouble = await refusedBy(task);
	}

	#ask(signal: AbortSignal | null): Promise<unknown> {
		const question = () => Promise.all([this.rest.alerts(signal), this.rest.alertHistory(signal)]);
		return this.#fresh.ask(question, ([list, history]) => {
			this.list = list;
			this.#takeHistory(history);
		});
	}
}

/** Numbers begin anew with the hub, times do not. */
function nameOf({ id, raised }: AlertEvent): string {
	return `${id} ${raised}`;
}

/** What an alert watches, without how it stands. */
export function definitionOf({ on, when, namespace, event, limit, clear, hold, clear_hold, learn, webhook, keep }: Alert): AskedAlert {
	return { on, when, namespace, event, limit, clear, hold, clear_hold, learn, webhook, keep };
}
