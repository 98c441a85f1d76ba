import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Alerts } from '$lib/state/alerts.svelte';
import type { Alert, AlertEvent, NewAlert } from '$lib/wire';

const event = (id: number, more: Partial<AlertEvent> = {}): AlertEvent => ({
	id, name: `A${id}`, when: 'queue', raised: `2026-01-02T15:04:${String(id).padStart(2, '0')}.000000000Z`, limit: 80, value: 81, worst: 81, ...more,
});

let notices: string[];
let history: AlertEvent[];
let put: [string, NewAlert][];
let list: () => Promise<Alert[]>;
let refuses: boolean;
let alerts: Alerts;

beforeEach(() => {
	notices = [];
	history = [];
	put = [];
	list = () => Promise.resolve([]);
	refuses = false;
	vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
	vi.stubGlobal('isSecureContext', true);
	vi.stubGlobal('window', globalThis);
	class Notice {
		static permission = 'granted';
		onclick: unknown = null;
		constructor(title: string, { body }: { body: string }) {
			notices.push(`${title}: ${body}`);
		}
	}
	vi.stubGlobal('Notification', Notice);
	const rest = {
		alerts: () => list(),
		alertHistory: () => Promise.resolve(history),
		removeAlert: () => Promise.resolve(),
		putAlert: (name: string, alert: NewAlert) => {
			if (refuses) return Promise.reject(new ApiError(400, 'alert_limit', 'too much', ''));
			put.push([name, alert]);
			return Promise.resolve({ name, ...alert } as Alert);
		},
	} as unknown as Rest;
	alerts = new Alerts(rest, (e) => `${e.value} %`);
	return () => vi.unstubAllGlobals();
});

it('counts what is raised and nobody has acknowledged', () => {
	alerts.take([event(2), event(1, { acknowledged: '2026-01-02T15:05:00Z' })]);
	expect([alerts.raised.length, alerts.news]).toEqual([2, 1]);
});

it('shows a notice of what is raised anew, and not of what was when the page was opened', async () => {
	await alerts.useNotices(true);
	alerts.greet([event(1)]);
	alerts.take([event(2), event(1)]);
	alerts.take([event(2, { acknowledged: '2026-01-02T15:05:00Z' })]);
	expect(notices).toEqual(['A2: 81 %']);
});

it('tells once the hub is back what was raised while it was away, unless somebody knows of it', async () => {
	await alerts.useNotices(true);
	alerts.greet([event(1)]);
	alerts.greet([event(4, { acknowledged: '2026-01-02T15:05:00Z' }), event(3), event(1)]);
	expect(notices).toEqual(['A3: 81 %']);
});

it('tells what a hub that began anew has raised, though its numbers were used before', async () => {
	await alerts.useNotices(true);
	alerts.greet([event(1)]);
	alerts.greet([event(1, { raised: '2026-01-03T09:00:00.000000000Z' })]);
	expect(notices).toEqual(['A1: 81 %']);
});

it('shows no notice to who does not want one', () => {
	alerts.take([event(1)]);
	expect(notices).toEqual([]);
});

it('flags each time an alert was raised once, oldest first', async () => {
	history = [event(3), event(1)];
	alerts.greet([event(3)]);
	await vi.waitFor(() => expect(alerts.history).not.toBeNull());
	alerts.take([event(4), event(3)]);
	expect(alerts.flags.map((f) => f.name)).toEqual(['A1', 'A3', 'A4']);
});

it('forgets the flags of a hub that began anew', () => {
	alerts.take([event(9)]);
	alerts.greet([]);
	expect(alerts.flags).toEqual([]);
});

it('switches an alert without changing what it watches', async () => {
	const one: Alert = { name: 'A', on: true, when: 'silence', namespace: '/m', limit: 10, hold: '0s', value: 3, hook: { told: 1, failed: 0, dropped: 0 }, webhook: 'https://a/b' };
	expect(await alerts.switch(one, false)).toBe(true);
	expect(put).toEqual([['A', { on: false, when: 'silence', namespace: '/m', limit: 10, hold: '0s', webhook: 'https://a/b' }]]);
});

it('takes no list that was asked for before a change', async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	let answer: (alerts: Alert[]) => void = () => {};
	list = () => new Promise((resolve) => (answer = resolve));
	const stop = alerts.watch();
	await alerts.save('A', { on: true, when: 'queue', limit: 90 });
	answer([{ name: 'A', on: true, when: 'queue', limit: 80 } as Alert]);
	await vi.advanceTimersByTimeAsync(0);
	stop();
	expect(alerts.list?.map((a) => a.limit)).toEqual([90]);
});

it('says why the hub refused', async () => {
	refuses = true;
	expect(await alerts.save('A', { on: true, when: 'queue', limit: 101 })).toBe(false);
	expect(alerts.refusal?.code).toBe('alert_limit');
	alerts.forgive();
	expect(alerts.refusal).toBeNull();
});
