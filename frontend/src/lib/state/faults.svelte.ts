import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { parseDuration, parseNumber } from '$lib/format/number';
import { parseTime } from '$lib/format/time';
import { Fresh } from '$lib/state/fresh';
import { poll } from '$lib/state/poll';
import type { Faults as Told, FaultsOn, NewFaults } from '$lib/wire';

/** How often the counts are asked for while somebody looks at them, in ms. */
const everyMs = 1000;

/** What can be filled in, as it is written. Shares are in percent, times in the unit that stands behind them. */
export interface FaultsDraft {
	delay: string; // ms
	jitter: string; // ms
	delayed: string;
	dropped: string;
	duplicated: string;
	reordered: string;
	cut: string;
	slowed: string;
	slowClient: string;
	slowRate: string;
	stall: string; // s
	stallEvery: string; // s
	minutes: string;
	seed: string;
}

/** What is filled in, as numbers. */
type FaultsNumbers = { readonly [name in keyof FaultsDraft]: number };

/** A time in which messages of a namespace met faults on purpose, as the plots mark it; in ms since 1970 by the hub's clock. */
export interface Spell {
	namespace: string;
	kinds: readonly MessageFault[];
	from: number;
	/** When it was over; null: it is not. */
	to: number | null;
}

/** What is filled in before anybody has written anything: nothing goes wrong. */
export const emptyDraft: Readonly<FaultsDraft> = {
	delay: '', jitter: '', delayed: '100', dropped: '', duplicated: '', reordered: '', cut: '',
	slowed: '', slowClient: '', slowRate: '5', stall: '', stallEvery: '', minutes: '5', seed: '',
};

/** Kinds of trouble that clients should stand, to begin with. */
const presets = {
	network: { delay: '200', jitter: '100', dropped: '2', cut: '1' },
	readers: { slowed: '25', slowRate: '5' },
	stalls: { stall: '2', stallEvery: '15' },
	twice: { duplicated: '10', reordered: '10' },
} as const satisfies Record<string, Partial<FaultsDraft>>;
export type Preset = keyof typeof presets;
export const presetNames = Object.keys(presets) as readonly Preset[];

/** The kinds of faults that meet messages; the others meet clients. */
export const messageFaults = ['delay', 'drop', 'duplicate', 'reorder', 'stall'] as const;
export type MessageFault = (typeof messageFaults)[number];

/** More spells than this are not told apart. */
const maxSpells = 100;

/** The faults that are on in the hub, on purpose, and those that are about to be. */
export class Faults {
	/** Which are on, as the feed told last, by namespace. */
	on = $state.raw<readonly FaultsOn[]>([]);
	/** Those that met messages since the page was opened, oldest first. */
	spells = $state.raw<readonly Spell[]>([]);
	/** The same with their counts, as of the hub's newest answer. */
	list = $state.raw<readonly Told[]>([]);
	/** Why the hub did not do what was asked for last; null when it did. */
	refused = $state.raw<ApiError | null>(null);

	namespace = $state('/ws');
	draft = $state<FaultsDraft>({ ...emptyDraft });
	/** The same as numbers; nothing is 0, and what is none NaN. */
	readonly numbers = $derived(numbersIn(this.draft));
	/** What of it is no number, or a share that is not 0 to 100. */
	readonly wrong = $derived(wrongIn(this.numbers));

	#fresh = new Fresh();

	constructor(private readonly rest: Rest) {}

	/** The feed has told which are on, at that time of the hub's clock. */
	take(on: readonly FaultsOn[], now: number): void {
		this.on = on;
		const begun = on.flatMap(({ namespace, began, kinds }): Spell[] => {
			const met = messageFaults.filter((kind) => kinds.includes(kind));
			return met.length > 0 ? [{ namespace, kinds: met, from: parseTime(began), to: null }] : [];
		});
		const isOf = (spell: Spell) => (one: Spell) => one.namespace === spell.namespace && one.from === spell.from;
		const known = this.spells.map((spell) => (spell.to === null && !begun.some(isOf(spell)) ? { ...spell, to: now } : spell));
		this.spells = [...known, ...begun.filter((spell) => !known.some(isOf(spell)))].slice(-maxSpells);
	}

	/** Keeps the counts up to date. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#ask(signal));
	}

	/** Switches on what is written, in place of what is on there. */
	async start(): Promise<void> {
		await this.#change(() => this.rest.setFaults(this.namespace.trim(), wishOf(this.draft)));
	}

	/** Forgets what is filled in. */
	empty(): void {
		this.draft = { ...emptyDraft };
	}

	/** Fills in what is usual for a kind of trouble, and starts nothing. */
	prepare(preset: Preset): void {
		this.draft = { ...emptyDraft, ...presets[preset] };
	}

	/** Fills in what is on in a namespace, to be changed. */
	edit(on: Told): void {
		this.namespace = on.namespace;
		this.draft = draftOf(on);
	}

	/** Switches off whatever is on. */
	async stopAll(): Promise<void> {
		await this.#change(() => this.rest.clearAllFaults());
	}

	async stop(namespace: string): Promise<void> {
		await this.#change(() => this.rest.clearFaults(namespace));
	}

	async #change(task: () => Promise<unknown>): Promise<void> {
		this.refused = await this.#fresh.change(task);
		await refusedBy(() => this.#ask(null)); // else the next question finds out
	}

	async #ask(signal: AbortSignal | null): Promise<void> {
		await this.#fresh.ask(() => this.rest.faults(signal), (list) => (this.list = list));
	}
}

const shares = ['delayed', 'dropped', 'duplicated', 'reordered', 'cut', 'slowed'] as const;
const amounts = ['delay', 'jitter', 'slowRate', 'stall', 'stallEvery', 'minutes', 'seed'] as const;

/** The number that is written; nothing is 0, and what is none NaN. */
function numberOf(text: string): number {
	return text.trim() === '' ? 0 : parseNumber(text);
}

/** Which fields make no sense by themselves. The hub knows the rest. */
export function wrongIn(numbers: FaultsNumbers): ReadonlySet<keyof FaultsDraft> {
	return new Set([...shares.filter((name) => !(numbers[name] >= 0 && numbers[name] <= 100)), ...amounts.filter((name) => !(numbers[name] >= 0))]);
}

/** All that are numbers, as such. */
export function numbersIn(draft: FaultsDraft): FaultsNumbers {
	return Object.fromEntries(Object.entries(draft).map(([name, text]) => [name, numberOf(text)])) as FaultsNumbers;
}

/** What is on, as it would be filled in. */
export function draftOf(on: Told): FaultsDraft {
	const share = (part = 0) => (part > 0 ? String(Number((part * 100).toFixed(6))) : '');
	const length = (text: string | undefined, unitMs: number) => (text ? String(Number((parseDuration(text) / 1000 / unitMs).toFixed(6))) : '');
	return {
		delay: length(on.delay, 1), jitter: length(on.jitter, 1), delayed: share(on.delay_share) || emptyDraft.delayed,
		dropped: share(on.drop), duplicated: share(on.duplicate), reordered: share(on.reorder), cut: share(on.disconnect),
		slowed: share(on.slow_share), slowClient: on.slow_client ?? '', slowRate: String(on.slow_rate || emptyDraft.slowRate),
		stall: length(on.stall, 1000), stallEvery: length(on.stall_every, 1000), minutes: length(on.for, 60_000), seed: String(on.seed ?? ''),
	};
}

/** What the hub is asked for: what is empty or 0 is left out. */
export function wishOf(draft: FaultsDraft): NewFaults {
	const share = (name: (typeof shares)[number]) => numberOf(draft[name]) / 100;
	const length = (name: 'delay' | 'jitter' | 'stall' | 'stallEvery' | 'minutes', unit: string) => (numberOf(draft[name]) > 0 ? `${numberOf(draft[name])}${unit}` : '');
	const delays = numberOf(draft.delay) + numberOf(draft.jitter) > 0;
	const client = draft.slowClient.trim();
	const wish: NewFaults = {
		for: length('minutes', 'm'),
		delay: length('delay', 'ms'),
		jitter: length('jitter', 'ms'),
		delay_share: delays ? share('delayed') : 0,
		drop: share('dropped'),
		duplicate: share('duplicated'),
		reorder: share('reordered'),
		disconnect: share('cut'),
		slow_share: client ? 0 : share('slowed'),
		slow_client: client,
		slow_rate: client || share('slowed') > 0 ? numberOf(draft.slowRate) : 0,
		stall: length('stall', 's'),
		stall_every: length('stallEvery', 's'),
		seed: numberOf(draft.seed),
	};
	return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== '' && value !== 0));
}

/** How long it is from now, on the hub's clock, to when faults end: "4:12". */
export function leftUntil(endsMs: number, nowMs: number): string {
	const seconds = Math.max(0, Math.ceil((endsMs - nowMs) / 1000));
	return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
