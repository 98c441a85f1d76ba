import { ApiError, Http, json, written } from '$lib/api/http';
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
	Experiment,
	KeepFlight,
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
	NewRecording,
	NewRule,
	PointList,
	Recording,
	RecordingList,
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

/** An order of clients: slowest is who loses messages, then who falls behind, then who ever missed any. */
export type ClientSort = 'slowest' | 'newest' | 'address';

/** A message with its payload exactly as the hub has it. */
export interface Whole {
	message: Message;
	/** JSON text. message.data is the same, decoded, and rounds numbers beyond 2^53. */
	payload: string;
}

/** The hub's REST API. */
export class Rest extends Http {
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
		return this.ask<Accepted>(path, null, written(body));
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
		return (await this.ask<SavedDraftList>('/api/v1/drafts')).drafts;
	}

	/** Saves a draft, in the place of the one that has the name. */
	async saveDraft(name: string, draft: Omit<SavedDraft, 'name'>): Promise<SavedDraft> {
		return this.ask<SavedDraft>(`/api/v1/drafts/${encodeURIComponent(name)}`, null, json('PUT', draft));
	}

	/** Forgets a saved draft. */
	async removeDraft(name: string): Promise<void> {
		await this.text(`/api/v1/drafts/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** Every saved query, by name. */
	async queries(): Promise<SavedQuery[]> {
		return (await this.ask<SavedQueryList>('/api/v1/queries')).queries;
	}

	/** Saves a query, in the place of the one that has the name. */
	async saveQuery(name: string, query: string): Promise<SavedQuery> {
		return this.ask<SavedQuery>(`/api/v1/queries/${encodeURIComponent(name)}`, null, json('PUT', { query }));
	}

	/** Every board, by name. */
	async boards(): Promise<Board[]> {
		return (await this.ask<BoardList>('/api/v1/boards')).boards;
	}

	/** Keeps a board, in the place of the one that has the name. */
	async saveBoard(name: string, board: NewBoard): Promise<Board> {
		return this.ask<Board>(`/api/v1/boards/${encodeURIComponent(name)}`, null, json('PUT', board));
	}

	/** Forgets a board. */
	async removeBoard(name: string): Promise<void> {
		await this.text(`/api/v1/boards/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** What the hub can make up itself. */
	async simulators(signal: AbortSignal | null): Promise<SimulatorList> {
		return this.ask<SimulatorList>('/api/v1/simulators', signal);
	}

	/** Keeps a simulator, in the place of the one that has the name; one that runs begins anew. */
	async saveSimulator(name: string, setup: SimulatorSetup): Promise<Simulator> {
		return this.ask<Simulator>(`/api/v1/simulators/${encodeURIComponent(name)}`, null, json('PUT', setup));
	}

	/** Starts or stops a simulator. */
	async runSimulator(name: string, running: boolean): Promise<Simulator> {
		return this.ask<Simulator>(`/api/v1/simulators/${encodeURIComponent(name)}`, null, json('PATCH', { running }));
	}

	/** Stops and forgets a simulator. */
	async removeSimulator(name: string): Promise<void> {
		await this.text(`/api/v1/simulators/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** Starts or stops the demo feed. */
	async runDemo(running: boolean): Promise<SimulatorList> {
		return this.ask<SimulatorList>('/api/v1/demo', null, { method: running ? 'POST' : 'DELETE' });
	}

	/** Every reply rule, in order. */
	async rules(signal: AbortSignal | null = null): Promise<Rule[]> {
		return (await this.ask<RuleList>('/api/v1/rules', signal)).rules;
	}

	/** Saves a rule, in the place of the one that has the name. */
	async saveRule(name: string, rule: NewRule): Promise<Rule> {
		return this.ask<Rule>(`/api/v1/rules/${encodeURIComponent(name)}`, null, json('PUT', rule));
	}

	/** Switches a rule on or off. */
	async switchRule(name: string, on: boolean): Promise<Rule> {
		const patch: RulePatch = { on };
		return this.ask<Rule>(`/api/v1/rules/${encodeURIComponent(name)}`, null, json('PATCH', patch));
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
	async faults(signal: AbortSignal | null): Promise<Faults[]> {
		return (await this.ask<FaultList>('/api/v1/faults', signal)).faults;
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
		return (await this.ask<AlertList>('/api/v1/alerts', signal)).alerts;
	}

	/** When alerts were raised lately, newest first. */
	async alertHistory(signal: AbortSignal | null = null): Promise<AlertEvent[]> {
		return (await this.ask<AlertHistory>('/api/v1/alert-history', signal)).events;
	}

	/** Has the hub watch a condition, in the place of the alert that has the name. */
	async putAlert(name: string, alert: AskedAlert): Promise<Alert> {
		return this.ask<Alert>(alertPath(name), null, json('PUT', alert));
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
		return this.ask<WebhookTest>(`${alertPath(name)}/test`, null, { method: 'POST' });
	}

	/** Forgets a saved query. */
	async removeQuery(name: string): Promise<void> {
		await this.text(`/api/v1/queries/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** Connected clients. */
	async clients({ find, sort, limit }: { find: string; sort: ClientSort; limit: number }, signal: AbortSignal): Promise<ClientList> {
		const ask = new URLSearchParams({ sort, limit: String(limit), ...(find ? { q: find } : {}) });
		return this.ask<ClientList>(`/api/v1/clients?${ask}`, signal);
	}

	/** One connected client. */
	async client(id: string, signal: AbortSignal): Promise<Client> {
		return this.ask<Client>(`/api/v1/clients/${encodeURIComponent(id)}`, signal);
	}

	/** How full every client's outbox was in each 5 s of the last ten minutes; after: only since that time of an answer. */
	async clientHistory(after: string, signal: AbortSignal): Promise<ClientHistory> {
		const ask = after ? `?${new URLSearchParams({ after })}` : '';
		return this.ask<ClientHistory>(`/api/v1/clients/history${ask}`, signal);
	}

	/** Who has left last, and why. */
	async departures(signal: AbortSignal): Promise<DepartureList> {
		return this.ask<DepartureList>('/api/v1/clients/left', signal);
	}

	/** Changes what happens when one client does not read fast enough. */
	async setSlowPolicy(id: string, policy: string): Promise<Client> {
		const patch: ClientPatch = { slow_policy: policy };
		return this.ask<Client>(`/api/v1/clients/${encodeURIComponent(id)}`, null, json('PATCH', patch));
	}

	/** Disconnects one client. */
	async disconnect(id: string): Promise<void> {
		await this.text(`/api/v1/clients/${encodeURIComponent(id)}`, null, { method: 'DELETE' });
	}

	/** Every lane with its settings, by namespace. */
	async lanes(signal: AbortSignal): Promise<Lane[]> {
		return (await this.ask<LaneList>('/api/v1/lanes', signal)).lanes;
	}

	/** Changes some of a lane's settings; answers with all of them as they are then. */
	async patchLane(namespace: string, patch: LanePatch): Promise<Lane> {
		return this.ask<Lane>(`/api/v1/lanes/${encodeURIComponent(namespace)}`, null, json('PATCH', patch));
	}

	/** What a lane did lately, at most so many steps, oldest first; of all lanes when namespace is empty. */
	async points(namespace: string, step: string, limit: number, signal: AbortSignal): Promise<PointList> {
		const ask = laneAndStep(namespace, step);
		ask.set('limit', String(limit));
		return this.ask<PointList>(`/api/v1/points?${ask}`, signal);
	}

	/** How many messages each stream of a lane had lately, step by step. */
	async streamPoints(namespace: string, step: string, signal: AbortSignal): Promise<StreamPointList> {
		return this.ask<StreamPointList>(`/api/v1/streams/points?${laneAndStep(namespace, step)}`, signal);
	}

	/** One number of the recent messages: the newest so many, or all of them thinned to so many points. */
	async series({ query, pointer }: Omit<SeriesAsk, 'id'>, most: { last: number } | { limit: number }, signal: AbortSignal): Promise<Series> {
		const [name, value] = Object.entries(most)[0] ?? ['limit', ''];
		const ask = new URLSearchParams({ query, pointer, [name]: String(value) });
		return this.ask<Series>(`/api/v1/series?${ask}`, signal);
	}

	/** How other machines reach the hub. */
	async sharing(signal: AbortSignal): Promise<Sharing> {
		return this.ask<Sharing>('/api/v1/sharing', signal);
	}

	/** Changes that; answers with how it is then. */
	async share(patch: SharingPatch): Promise<Sharing> {
		return this.ask<Sharing>('/api/v1/sharing', null, json('PATCH', patch));
	}

	/** The key that the view link carries. */
	async viewLink(): Promise<string> {
		return (await this.ask<ViewLink>('/api/v1/sharing/link', null, { method: 'POST' })).key;
	}

	/** Every key, oldest first. */
	async keys(signal: AbortSignal): Promise<Key[]> {
		return (await this.ask<KeyList>('/api/v1/keys', signal)).keys;
	}

	/** Makes a key. Its secret is told this once. */
	async makeKey(key: NewKey): Promise<MadeKey> {
		return this.ask<MadeKey>('/api/v1/keys', null, json('POST', key));
	}

	/** Makes a key unknown, and shows out who came in with it. */
	async revokeKey(name: string): Promise<void> {
		await this.text(`/api/v1/keys/${encodeURIComponent(name)}`, null, { method: 'DELETE' });
	}

	/** What this page may do. */
	async session(signal: AbortSignal | null = null): Promise<Session> {
		return this.ask<Session>('/api/v1/session', signal);
	}

	/** Swaps a key for a cookie; answers with all that the key allows. */
	async enter(key: string): Promise<Session> {
		return this.ask<Session>('/api/v1/session', null, json('POST', { key }));
	}

	/** Gives the cookie back. */
	async leave(): Promise<void> {
		await this.text('/api/v1/session', null, { method: 'DELETE' });
	}

	/** What was done at the hub, newest first, of what came before an entry; 0: the newest. */
	async audit(before: number, signal: AbortSignal | null = null): Promise<AuditPage> {
		return this.ask<AuditPage>(`/api/v1/audit${before > 0 ? `?before=${before}` : ''}`, signal);
	}

	/** Every limit, and how often it was reached. */
	async limits(signal: AbortSignal): Promise<Limit[]> {
		return (await this.ask<LimitList>('/api/v1/limits', signal)).limits;
	}

	/** What the hub is, and what it keeps. */
	async about(signal: AbortSignal): Promise<About> {
		return this.ask<About>('/api/v1/about', signal);
	}

	/** Has the hub forget its recent messages; answers with how many. */
	async clearMessages(): Promise<number> {
		return (await this.ask<Cleared>('/api/v1/messages', null, { method: 'DELETE' })).messages;
	}

	/** The last experiment, and what it has found so far. */
	async experiment(): Promise<Experiment> {
		return this.ask<Experiment>('/api/v1/experiment');
	}

	/** Has the hub compare ways to emit. */
	async startExperiment(how: NewExperiment): Promise<Experiment> {
		return this.ask<Experiment>('/api/v1/experiment', null, json('POST', how));
	}

	/** Ends the experiment that runs. */
	async cancelExperiment(): Promise<Experiment> {
		return this.ask<Experiment>('/api/v1/experiment', null, { method: 'DELETE' });
	}

	/** Every recording, newest first, and what the flight recorder has. */
	async recordings(signal: AbortSignal | null = null): Promise<RecordingList> {
		return this.ask<RecordingList>('/api/v1/recordings', signal);
	}

	/** Has the hub record from now on. */
	async record(wanted: NewRecording): Promise<Recording> {
		return this.ask<Recording>('/api/v1/recordings', null, json('POST', wanted));
	}

	/** Ends a recording that runs. */
	async stopRecording(name: string): Promise<Recording> {
		return this.ask<Recording>(`/api/v1/recordings/${encodeURIComponent(name)}/stop`, null, { method: 'POST' });
	}

	/** Makes a recording of what the flight recorder has. */
	async keepFlight(wanted: KeepFlight): Promise<Recording> {
		return this.ask<Recording>('/api/v1/flight', null, json('POST', wanted));
	}

	/** Has the hub forget all that was handed in and set. */
	async deleteData(): Promise<Erased> {
		return this.ask<Erased>('/api/v1/data?confirm=everything', null, { method: 'DELETE' });
	}

	/** Takes back what was changed of a lane; answers with how it is then. */
	async resetLane(namespace: string): Promise<Lane> {
		return this.ask<Lane>(`/api/v1/lanes/${encodeURIComponent(namespace)}`, null, { method: 'DELETE' });
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
}

function laneAndStep(namespace: string, step: string): URLSearchParams {
	return new URLSearchParams({ ...(namespace ? { namespace } : {}), step });
}

/** Reads a message, and keeps its payload as it is written. */
export function whole(text: string): Whole {
	return { message: JSON.parse(text) as Message, payload: members(text).get('data') ?? 'null' };
}

function alertPath(name: string): string {
	return `/api/v1/alerts/${encodeURIComponent(name)}`;
}
