import { elements, members } from '$lib/json/scan';
import type {
	About,
	Accepted,
	Acked,
	Alert,
	AlertEvent,
	AlertHistory,
	AlertList,
	AuditPage,
	Board,
	BoardList,
	Client,
	Cleared,
	ClientHistory,
	ClientList,
	ClientPatch,
	DepartureList,
	Erased,
	FaultList,
	Faults,
	Error as WireError,
	Experiment,
	Key,
	KeyList,
	Lane,
	LaneList,
	LanePatch,
	Limit,
	LimitList,
	MadeKey,
	Message,
	MessagePage,
	NewAlert,
	NewBoard,
	NewExperiment,
	NewFaults,
	NewKey,
	NewRule,
	PointList,
	Rule,
	RuleList,
	RuleOrder,
	RulePatch,
	SavedDraft,
	SavedDraftList,
	SavedQuery,
	SavedQueryList,
	Series,
	SeriesAsk,
	Session,
	Sharing,
	SharingPatch,
	Simulator,
	SimulatorList,
	SimulatorSetup,
	StreamPointList,
	ViewLink,
	WebhookTest,
} from '$lib/wire';

/** An alert as it is asked for; what is undefined the hub chooses. */
export type AskedAlert = { [K in keyof NewAlert]: NewAlert[K] | undefined };

/** What the hub answered instead of what was asked for, explained to a person. */
export class ApiError extends Error {
	constructor(
		/** The HTTP status; 0 when the hub could not be reached. */
		readonly status: number,
		readonly code: string,
		message: string,
		/** What to do about it; may be empty. */
		readonly hint: string,
		/** Where in a query, in characters; null: nowhere. */
		readonly place: { at: number; length: number } | null = null,
		/** Which field of what was sent is wrong; empty: not one alone. */
		readonly field: string = '',
	) {
		super(message);
	}
}

/** An order of clients: slowest is who loses messages, then who falls behind, then who ever missed any. */
export type ClientSort = 'slowest' | 'newest' | 'address';

/** A message with its payload exactly as the hub has it. */
export interface Whole {
	message: Message;
	/** JSON text. message.data is the same, decoded, and rounds numbers beyond 2^53. */
	payload: string;
}

/** The hub's REST API. */
export class Rest {
	/** Sent with each request; empty: none is. It is nowhere else, and gone with the page. */
	key = '';

	constructor(private readonly origin: string) {}

	/** One message by its number. */
	async message(seq: number, signal: AbortSignal): Promise<Whole> {
		return whole(await this.text(`/api/v1/messages/${seq}`, signal));
	}

	/** The binary parts of a message, in base64. */
	async attachments(seq: number, signal: AbortSignal): Promise<string[]> {
		return whole(await this.text(`/api/v1/messages/${seq}?attachments=base64`, signal)).message.attachments ?? [];
	}

	/** The newest messages that match the query, newest first. What highlight selects of them is a hit. */
	async newest(query: string, highlight: string, limit: number, signal: AbortSignal): Promise<Whole[]> {
		return (await this.page(query, highlight, limit, 0, signal)).messages;
	}

	/** The same of those before one (0: of all), and where the next page begins; null: there is none. */
	async page(query: string, highlight: string, limit: number, before: number, signal: AbortSignal | null = null): Promise<{ messages: Whole[]; before: number | null }> {
		const ask = new URLSearchParams({
			limit: String(limit),
			...(query ? { q: query } : {}),
			...(highlight ? { highlight } : {}),
			...(before > 0 ? { before: String(before) } : {}),
		});
		const page = members(await this.text(`/api/v1/messages?${ask}`, signal));
		const list: keyof MessagePage = 'messages';
		const next: keyof MessagePage = 'before';
		const goesOn = page.get(next);
		return { messages: elements(page.get(list) ?? '[]').map(whole), before: goesOn === undefined ? null : Number(goesOn) };
	}

	/** Hands in messages as they are written; JSON.stringify would round numbers beyond 2^53. */
	async publish(body: string): Promise<Accepted> {
		return this.hand('/api/v1/messages', body);
	}

	/** The same at another path, such as one client's. */
	async hand(path: string, body: string): Promise<Accepted> {
		return JSON.parse(await this.text(path, null, written(body))) as Accepted;
	}

	/** Hands in a message for one client, and waits for what its program says to it, which is as the hub has it. */
	async askClient(path: string, body: string): Promise<{ seq: number; payload: string; roundTrip: string }> {
		const text = await this.text(path, null, written(body));
		const acked = JSON.parse(text) as Acked;
		return { seq: acked.seq, payload: members(text).get('data') ?? 'null', roundTrip: acked.round_trip };
	}

	/** Message number n, from 0, of those that a template makes with this seed, as JSON. */
	async fill(template: string, seed: number, n: number, signal: AbortSignal | null): Promise<string> {
		const text = await this.text('/api/v1/template', signal, json('POST', { text: template, seed, skip: n }));
		return members(text).get('data') ?? 'null';
	}

	/** Every saved draft, by name. */
	async drafts(): Promise<SavedDraft[]> {
		return (JSON.parse(await this.text('/api/v1/drafts', null)) as SavedDraftList).drafts;
	}

	/** Saves a draft, in the place of the one that has the name. */
	async saveDraft(name: string, draft: Omit<SavedDraft, 'name'>): Promise<SavedDraft> {
		return JSON.parse(await this.text(`/api/v1/drafts/${encodeURIComponent(name)}`, null, json('PUT', draft))) as SavedDraft;
	}

	/** Forgets a saved draft. */
	async removeDraft(name: string): Promise<void> {
		await this.text(`/api/v1/drafts/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** Every saved query, by name. */
	async queries(): Promise<SavedQuery[]> {
		return (JSON.parse(await this.text('/api/v1/queries', null)) as SavedQueryList).queries;
	}

	/** Saves a query, in the place of the one that has the name. */
	async saveQuery(name: string, query: string): Promise<SavedQuery> {
		return JSON.parse(await this.text(`/api/v1/queries/${encodeURIComponent(name)}`, null, json('PUT', { query }))) as SavedQuery;
	}

	/** Every board, by name. */
	async boards(): Promise<Board[]> {
		return (JSON.parse(await this.text('/api/v1/boards', null)) as BoardList).boards;
	}

	/** Keeps a board, in the place of the one that has the name. */
	async saveBoard(name: string, board: NewBoard): Promise<Board> {
		return JSON.parse(await this.text(`/api/v1/boards/${encodeURIComponent(name)}`, null, json('PUT', board))) as Board;
	}

	/** Forgets a board. */
	async removeBoard(name: string): Promise<void> {
		await this.text(`/api/v1/boards/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** What the hub can make up itself. */
	async simulators(signal: AbortSignal | null): Promise<SimulatorList> {
		return JSON.parse(await this.text('/api/v1/simulators', signal)) as SimulatorList;
	}

	/** Keeps a simulator, in the place of the one that has the name; one that runs begins anew. */
	async saveSimulator(name: string, setup: SimulatorSetup): Promise<Simulator> {
		return JSON.parse(await this.text(`/api/v1/simulators/${encodeURIComponent(name)}`, null, json('PUT', setup))) as Simulator;
	}

	/** Starts or stops a simulator. */
	async runSimulator(name: string, running: boolean): Promise<Simulator> {
		return JSON.parse(await this.text(`/api/v1/simulators/${encodeURIComponent(name)}`, null, json('PATCH', { running }))) as Simulator;
	}

	/** Stops and forgets a simulator. */
	async removeSimulator(name: string): Promise<void> {
		await this.text(`/api/v1/simulators/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** Starts or stops the demo feed. */
	async runDemo(running: boolean): Promise<SimulatorList> {
		return JSON.parse(await this.text('/api/v1/demo', null, { method: running ? 'POST' : 'DELETE' })) as SimulatorList;
	}

	/** Every reply rule, in order. */
	async rules(signal: AbortSignal | null = null): Promise<Rule[]> {
		return (JSON.parse(await this.text('/api/v1/rules', signal)) as RuleList).rules;
	}

	/** Saves a rule, in the place of the one that has the name. */
	async saveRule(name: string, rule: NewRule): Promise<Rule> {
		return JSON.parse(await this.text(`/api/v1/rules/${encodeURIComponent(name)}`, null, json('PUT', rule))) as Rule;
	}

	/** Switches a rule on or off. */
	async switchRule(name: string, on: boolean): Promise<Rule> {
		const patch: RulePatch = { on };
		return JSON.parse(await this.text(`/api/v1/rules/${encodeURIComponent(name)}`, null, json('PATCH', patch))) as Rule;
	}

	/** Puts the saved rules into another order. */
	async orderRules(order: string[]): Promise<void> {
		const body: RuleOrder = { order };
		await this.text('/api/v1/rules', null, json('PATCH', body));
	}

	/** Forgets a rule. */
	async removeRule(name: string): Promise<void> {
		await this.text(`/api/v1/rules/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** The faults that are on, by namespace. */
	async faults(signal: AbortSignal): Promise<Faults[]> {
		return (JSON.parse(await this.text('/api/v1/faults', signal)) as FaultList).faults;
	}

	/** Switches faults on in a namespace, in place of those that are. */
	async setFaults(namespace: string, faults: NewFaults): Promise<void> {
		await this.text(`/api/v1/faults/${encodeURIComponent(namespace)}`, null, json('PUT', faults));
	}

	/** Switches those of a namespace off. */
	async clearFaults(namespace: string): Promise<void> {
		await this.text(`/api/v1/faults/${encodeURIComponent(namespace)}`, null, { method: 'DELETE' });
	}

	/** Switches all faults off. */
	async clearAllFaults(): Promise<void> {
		await this.text('/api/v1/faults', null, { method: 'DELETE' });
	}

	/** Every alert and how it stands, by name. */
	async alerts(signal: AbortSignal | null = null): Promise<Alert[]> {
		return (JSON.parse(await this.text('/api/v1/alerts', signal)) as AlertList).alerts;
	}

	/** When alerts were raised lately, newest first. */
	async alertHistory(signal: AbortSignal | null = null): Promise<AlertEvent[]> {
		return (JSON.parse(await this.text('/api/v1/alert-history', signal)) as AlertHistory).events;
	}

	/** Has the hub watch a condition, in the place of the alert that has the name. */
	async putAlert(name: string, alert: AskedAlert): Promise<Alert> {
		return JSON.parse(await this.text(alertPath(name), null, json('PUT', alert))) as Alert;
	}

	/** Has the hub watch a condition no more. */
	async removeAlert(name: string): Promise<void> {
		await this.text(alertPath(name), null, { method: 'DELETE' });
	}

	/** Notes that somebody knows of a raised alert. */
	async acknowledge(name: string): Promise<void> {
		await this.text(`${alertPath(name)}/acknowledge`, null, { method: 'POST' });
	}

	/** Has the hub tell an alert's webhook that this is a test. */
	async testWebhook(name: string): Promise<WebhookTest> {
		return JSON.parse(await this.text(`${alertPath(name)}/test`, null, { method: 'POST' })) as WebhookTest;
	}

	/** Forgets a saved query. */
	async removeQuery(name: string): Promise<void> {
		await this.text(`/api/v1/queries/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** Connected clients. */
	async clients({ find, sort, limit }: { find: string; sort: ClientSort; limit: number }, signal: AbortSignal): Promise<ClientList> {
		const ask = new URLSearchParams({ sort, limit: String(limit), ...(find ? { q: find } : {}) });
		return JSON.parse(await this.text(`/api/v1/clients?${ask}`, signal)) as ClientList;
	}

	/** One connected client. */
	async client(id: string, signal: AbortSignal): Promise<Client> {
		return JSON.parse(await this.text(`/api/v1/clients/${encodeURIComponent(id)}`, signal)) as Client;
	}

	/** How full every client's outbox was in each 5 s of the last ten minutes; after: only since that time of an answer. */
	async clientHistory(after: string, signal: AbortSignal): Promise<ClientHistory> {
		const ask = after ? `?${new URLSearchParams({ after })}` : '';
		return JSON.parse(await this.text(`/api/v1/clients/history${ask}`, signal)) as ClientHistory;
	}

	/** Who has left last, and why. */
	async departures(signal: AbortSignal): Promise<DepartureList> {
		return JSON.parse(await this.text('/api/v1/clients/left', signal)) as DepartureList;
	}

	/** Changes what happens when one client does not read fast enough. */
	async setSlowPolicy(id: string, policy: string): Promise<Client> {
		const patch: ClientPatch = { slow_policy: policy };
		return JSON.parse(await this.text(`/api/v1/clients/${encodeURIComponent(id)}`, null, json('PATCH', patch))) as Client;
	}

	/** Disconnects one client. */
	async disconnect(id: string): Promise<void> {
		await this.text(`/api/v1/clients/${encodeURIComponent(id)}`, null, { method: 'DELETE' });
	}

	/** Every lane with its settings, by namespace. */
	async lanes(signal: AbortSignal): Promise<Lane[]> {
		return (JSON.parse(await this.text('/api/v1/lanes', signal)) as LaneList).lanes;
	}

	/** Changes some of a lane's settings; answers with all of them as they are then. */
	async patchLane(namespace: string, patch: LanePatch): Promise<Lane> {
		return JSON.parse(await this.text(`/api/v1/lanes/${encodeURIComponent(namespace)}`, null, json('PATCH', patch))) as Lane;
	}

	/** What a lane did lately, at most so many steps, oldest first; of all lanes when namespace is empty. */
	async points(namespace: string, step: string, limit: number, signal: AbortSignal): Promise<PointList> {
		const ask = laneAndStep(namespace, step);
		ask.set('limit', String(limit));
		return JSON.parse(await this.text(`/api/v1/points?${ask}`, signal)) as PointList;
	}

	/** How many messages each stream of a lane had lately, step by step. */
	async streamPoints(namespace: string, step: string, signal: AbortSignal): Promise<StreamPointList> {
		return JSON.parse(await this.text(`/api/v1/streams/points?${laneAndStep(namespace, step)}`, signal)) as StreamPointList;
	}

	/** One number of the recent messages: the newest so many, or all of them thinned to so many points. */
	async series({ query, pointer }: Omit<SeriesAsk, 'id'>, most: { last: number } | { limit: number }, signal: AbortSignal): Promise<Series> {
		const [name, value] = Object.entries(most)[0] ?? ['limit', ''];
		const ask = new URLSearchParams({ query, pointer, [name]: String(value) });
		return JSON.parse(await this.text(`/api/v1/series?${ask}`, signal)) as Series;
	}

	/** The hub's numbers without labels, by name, as Prometheus reads them. */
	async metrics(signal: AbortSignal): Promise<Map<string, number>> {
		const lines = (await this.text('/metrics', signal)).matchAll(/^(\w+) (\S+)$/gm);
		return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
	}

	/** How other machines reach the hub. */
	async sharing(signal: AbortSignal): Promise<Sharing> {
		return JSON.parse(await this.text('/api/v1/sharing', signal)) as Sharing;
	}

	/** Changes that; answers with how it is then. */
	async share(patch: SharingPatch): Promise<Sharing> {
		return JSON.parse(await this.text('/api/v1/sharing', null, json('PATCH', patch))) as Sharing;
	}

	/** The key that the view link carries. */
	async viewLink(): Promise<string> {
		return (JSON.parse(await this.text('/api/v1/sharing/link', null, { method: 'POST' })) as ViewLink).key;
	}

	/** Every key, oldest first. */
	async keys(signal: AbortSignal): Promise<Key[]> {
		return (JSON.parse(await this.text('/api/v1/keys', signal)) as KeyList).keys;
	}

	/** Makes a key. Its secret is told this once. */
	async makeKey(key: NewKey): Promise<MadeKey> {
		return JSON.parse(await this.text('/api/v1/keys', null, json('POST', key))) as MadeKey;
	}

	/** Makes a key unknown, and shows out who came in with it. */
	async revokeKey(name: string): Promise<void> {
		await this.text(`/api/v1/keys/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** What this page may do. */
	async session(signal: AbortSignal | null = null): Promise<Session> {
		return JSON.parse(await this.text('/api/v1/session', signal)) as Session;
	}

	/** Swaps a key for a cookie; answers with all that the key allows. */
	async enter(key: string): Promise<Session> {
		return JSON.parse(await this.text('/api/v1/session', null, json('POST', { key }))) as Session;
	}

	/** Gives the cookie back. */
	async leave(): Promise<void> {
		await this.text('/api/v1/session', null, { method: 'DELETE' });
	}

	/** What was done at the hub, newest first, of what came before an entry; 0: the newest. */
	async audit(before: number, signal: AbortSignal | null = null): Promise<AuditPage> {
		return JSON.parse(await this.text(`/api/v1/audit${before > 0 ? `?before=${before}` : ''}`, signal)) as AuditPage;
	}

	/** Every limit, and how often it was reached. */
	async limits(signal: AbortSignal): Promise<Limit[]> {
		return (JSON.parse(await this.text('/api/v1/limits', signal)) as LimitList).limits;
	}

	/** What the hub is, and what it keeps. */
	async about(signal: AbortSignal): Promise<About> {
		return JSON.parse(await this.text('/api/v1/about', signal)) as About;
	}

	/** Has the hub forget its recent messages; answers with how many. */
	async clearMessages(): Promise<number> {
		return (JSON.parse(await this.text('/api/v1/messages', null, { method: 'DELETE' })) as Cleared).messages;
	}

	/** The last experiment, and what it has found so far. */
	async experiment(): Promise<Experiment> {
		return JSON.parse(await this.text('/api/v1/experiment', null)) as Experiment;
	}

	/** Has the hub compare ways to emit. */
	async startExperiment(how: NewExperiment): Promise<Experiment> {
		return JSON.parse(await this.text('/api/v1/experiment', null, json('POST', how))) as Experiment;
	}

	/** Ends the experiment that runs. */
	async cancelExperiment(): Promise<Experiment> {
		return JSON.parse(await this.text('/api/v1/experiment', null, { method: 'DELETE' })) as Experiment;
	}

	/** Has the hub forget all that was handed in and set. */
	async deleteData(): Promise<Erased> {
		return JSON.parse(await this.text('/api/v1/data?confirm=everything', null, { method: 'DELETE' })) as Erased;
	}

	/** Takes back what was changed of a lane; answers with how it is then. */
	async resetLane(namespace: string): Promise<Lane> {
		return JSON.parse(await this.text(`/api/v1/lanes/${encodeURIComponent(namespace)}`, null, { method: 'DELETE' })) as Lane;
	}

	/** Whether a viewer who was refused may come in by now; true as well when nobody can be asked. */
	async welcome(): Promise<boolean> {
		try {
			return (await this.session(AbortSignal.timeout(3000))).scopes.split(' ').includes('view');
		} catch (error) {
			if (!(error instanceof ApiError) || (error.status !== 401 && error.status !== 403)) return true;
			if (error.code === 'unknown_key') this.key = '';
			return false;
		}
	}

	/** Why the hub does not want this viewer; null when it does, or cannot be reached. */
	async refusal(): Promise<ApiError | null> {
		try {
			await this.text('/api/v1/stats', AbortSignal.timeout(3000));
		} catch (error) {
			if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
				if (error.code === 'unknown_key') this.key = ''; // it was revoked; each further use counts as a wrong key
				return error;
			}
		}
		return null;
	}

	/** The text of an answer. What changes something has no signal: leaving the screen does not take it back. */
	private async text(path: string, signal: AbortSignal | null, how: RequestInit = {}): Promise<string> {
		const bearer = this.key ? { Authorization: `Bearer ${this.key}` } : {};
		const headers = { Accept: 'application/json', ...bearer, ...how.headers };
		let answer: Response;
		try {
			answer = await fetch(this.origin + path, { ...how, headers, signal });
		} catch (error) {
			if (signal?.aborted) throw error;
			throw new ApiError(0, 'unreachable', '', '');
		}
		const body = await answer.text();
		if (!answer.ok) throw refused(answer.status, body);
		return body;
	}
}

function json(method: string, body: object): RequestInit {
	return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** A body that is JSON as it is written. */
function written(body: string): RequestInit {
	return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
}

function laneAndStep(namespace: string, step: string): URLSearchParams {
	return new URLSearchParams({ ...(namespace ? { namespace } : {}), step });
}

function whole(text: string): Whole {
	return { message: JSON.parse(text) as Message, payload: members(text).get('data') ?? 'null' };
}

function refused(status: number, body: string): ApiError {
	try {
		const error = JSON.parse(body) as WireError;
		const place = error.at === undefined ? null : { at: error.at, length: error.length ?? 0 };
		return new ApiError(status, error.code, error.message, error.hint ?? '', place, error.field ?? '');
	} catch {
		return new ApiError(status, 'unexpected', '', '');
	}
}

function alertPath(name: string): string {
	return `/api/v1/alerts/${encodeURIComponent(name)}`;
}
