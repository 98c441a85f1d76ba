import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { NewAlert } from '$lib/wire';
import { inspect, onComplaint, show, startBrowser } from './browser';
import { RealHub } from './hub';

/** Alerts of the real program, on its own page. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let complaints: string[];

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub();
	await hub.start();
	complaints = [];
});
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
});

const soon = { timeout: 15_000 };
const sheet = () => page.getByRole('dialog');
const row = (name: string) => sheet().getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
const bell = () => page.locator('header').getByRole('button', { name: /^Alerts/ });

async function open(how: BrowserContextOptions = {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(15_000);
	onComplaint(page, (text) => complaints.push(text), /^Failed to load resource/); // the browser's own line about a refusal
	await page.goto(hub.url);
	await page.locator('h1').waitFor();
}
async function openSheet() {
	await bell().click();
	await sheet().getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
}

const put = async (name: string, alert: Partial<NewAlert>) => {
	const answer = await fetch(`${hub.url}/api/v1/alerts/${encodeURIComponent(name)}`, {
		method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(alert),
	});
	expect(answer.ok).toBe(true);
};
/** An alert that is raised after a second, and stays so. */
const raise = (name = 'No ticks') => put(name, { when: 'silence', namespace: '/quiet', event: 'tick', limit: 1 });

it('counts what is raised beside the bell, says what it is, and is acknowledged', async () => {
	await open();
	await raise();
	await expect.poll(() => bell().getAttribute('aria-label'), soon).toBe('Alerts: 1 raised');
	await openSheet();
	await row('No ticks').getByText(/^No message of \/quiet tick for/).waitFor();
	await row('No ticks').getByRole('button', { name: 'Acknowledge No ticks' }).click();
	await row('No ticks').getByText('raised, known').waitFor();
	await sheet().getByText('What happened').click();
	await sheet().getByText('holds · acknowledged').waitFor();
});

it('has those that every hub has, which can be switched', async () => {
	await open();
	await openSheet();
	const lost = row('Messages are lost').getByRole('switch');
	expect(await lost.getAttribute('aria-checked')).toBe('true');
	expect(await row('Client falls behind').getByRole('switch').getAttribute('aria-checked')).toBe('false');
	await lost.click();
	await expect.poll(() => lost.getAttribute('aria-checked'), soon).toBe('false');
	await page.reload();
	await openSheet();
	expect(await row('Messages are lost').getByRole('switch').getAttribute('aria-checked')).toBe('false');
	await row('Messages are lost').getByRole('button', { name: 'Change' }).click();
	await sheet().getByRole('button', { name: 'As it came' }).click();
	await expect.poll(() => row('Messages are lost').getByRole('switch').getAttribute('aria-checked'), soon).toBe('true');
});

it('makes an alert, says what is wrong at its field, and removes it', async () => {
	await open();
	await openSheet();
	await sheet().getByRole('button', { name: 'New alert' }).click();
	await expect.poll(() => sheet().getByLabel('Name', { exact: true }).evaluate((el) => el === document.activeElement), soon).toBe(true);
	await sheet().getByRole('button', { name: 'Save' }).click();
	await sheet().getByText('Give it a name.').waitFor();
	await sheet().getByLabel('Name', { exact: true }).fill('Full');
	await sheet().getByLabel('Condition').selectOption('queue');
	await sheet().getByLabel('Raised at').fill('120');
	await sheet().getByRole('button', { name: 'Save' }).click();
	await sheet().getByText(/The limit is 120; for queue it is 1 to 100/).waitFor();
	expect(await sheet().getByLabel('Raised at').getAttribute('aria-invalid')).toBe('true');
	await sheet().getByLabel('Raised at').fill('90');
	await sheet().getByLabel('Must hold for').fill('2s');
	await sheet().getByLabel('Must hold for').press('Enter');
	await row('Full').getByText('all lanes at least 90 % full').waitFor();
	await row('Full').getByRole('button', { name: 'Change Full' }).click();
	expect(await sheet().getByLabel('Must hold for').inputValue()).toBe('2s');
	await sheet().getByRole('button', { name: 'Remove' }).click();
	await sheet().getByRole('button', { name: 'Remove' }).click();
	await row('Queue fills up').waitFor();
	expect(await row('Full').count()).toBe(0);
});

it('keeps what just happened when it is asked to, and leads to the recording', async () => {
	await hub.publish({ namespace: '/ws', event: 'tick', data: 1 });
	await put('No ticks', { on: false, when: 'silence', namespace: '/quiet', event: 'tick', limit: 1 });
	await open();
	await openSheet();
	await row('No ticks').getByRole('button', { name: 'Change No ticks' }).click();
	const keep = sheet().getByRole('switch', { name: 'Keep what just happened' });
	expect(await keep.getAttribute('aria-checked')).toBe('false');
	await keep.click();
	await sheet().getByRole('button', { name: 'Save' }).click();
	await row('No ticks').getByText('keeps what just happened').waitFor();
	await row('No ticks').getByRole('switch').click();
	const kept = row('No ticks').getByRole('button', { name: /^No ticks \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d$/ });
	await kept.waitFor();
	await show(page, 'alerts-kept');
	const name = (await kept.textContent()) ?? '';
	await kept.click();
	await page.getByRole('main', { name: 'Tape' }).getByRole('heading', { name }).waitFor();
});

it('tells a webhook, and says when it does not take it', async () => {
	const heard: { state: string; name: string }[] = [];
	let status = 204;
	const server: Server = createServer((request, answer) => {
		let body = '';
		request.on('data', (chunk) => (body += String(chunk)));
		request.on('end', () => {
			heard.push(JSON.parse(body) as { state: string; name: string });
			answer.writeHead(status).end();
		});
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	try {
		await put('Hooked', { when: 'queue', webhook: `http://127.0.0.1:${(server.address() as AddressInfo).port}/x` });
		await open();
		await openSheet();
		await row('Hooked').getByRole('button', { name: 'Change Hooked' }).click();
		await sheet().getByRole('button', { name: 'Test the webhook' }).click();
		await sheet().getByText('The webhook took it.').waitFor();
		expect(heard.map((h) => `${h.state} ${h.name}`)).toEqual(['test Hooked']);
		status = 410;
		await sheet().getByRole('button', { name: 'Test the webhook' }).click();
		await sheet().getByText('The webhook did not take it: it answered 410 Gone.').waitFor();
		await sheet().getByRole('button', { name: 'Cancel' }).click();
		await row('Hooked').getByText('Webhook: it answered 410 Gone.').waitFor();
	} finally {
		server.closeAllConnections();
		server.close();
	}
});

/** What the page asked of the browser to be seen and heard. */
interface Asked {
	notices: { title: string; body: string; tag: string; press: () => void }[];
	permission: number;
	tones: number;
}
/** Stands in for the browser's notices and its sound, before the page is there; who is asked for permission says so. */
async function standIn(answer: 'granted' | 'denied'): Promise<void> {
	await page.addInitScript((answer) => {
		const asked: Asked = { notices: [], permission: 0, tones: 0 };
		class Shown {
			static permission = 'default';
			static requestPermission() {
				asked.permission++;
				Shown.permission = answer;
				return Promise.resolve(answer);
			}
			onclick: (() => void) | null = null;
			constructor(title: string, { body, tag }: { body: string; tag: string }) {
				asked.notices.push({ title, body, tag, press: () => this.onclick?.() });
			}
			close() {}
		}
		class Silent {
			state = 'running';
			currentTime = 0;
			destination = {};
			resume = () => Promise.resolve();
			createGain = () => ({ gain: { setValueAtTime() {}, linearRampToValueAtTime() {}, exponentialRampToValueAtTime() {} }, connect: (to: unknown) => to });
			createOscillator() {
				return { frequency: {}, connect: (to: unknown) => to, start: () => asked.tones++, stop() {} };
			}
		}
		Object.assign(window, { Notification: Shown, AudioContext: Silent, asked });
	}, answer);
	await page.reload();
	await page.locator('h1').waitFor();
}
const asked = <Found>(what: (asked: Asked) => Found): Promise<Found> =>
	page.evaluate(`(${String(what)})(window.asked)`) as Promise<Found>;

it('asks for permission when notices are switched on and not before, shows one of each alert, and leads to it', async () => {
	await open();
	await standIn('granted');
	await openSheet();
	expect(await asked((a) => a.permission)).toBe(0);
	await sheet().getByRole('switch', { name: 'Notices of the system' }).click();
	await expect.poll(() => asked((a) => a.permission), soon).toBe(1);
	await page.keyboard.press('Escape');
	await raise();
	await expect.poll(() => asked((a) => a.notices.map((n) => `${n.tag}: ${n.body}`)), soon).toEqual([expect.stringMatching(/^alert No ticks: No message of \/quiet tick for 1/)]);
	await asked((a) => a.notices[0]?.press());
	await sheet().locator('[aria-current]').getByText('No ticks').waitFor();
});

it('shows no notice where the reader does not allow it, and says so', async () => {
	await open();
	await standIn('denied');
	await openSheet();
	const notices = sheet().getByRole('switch', { name: 'Notices of the system' });
	await notices.click();
	await sheet().getByText('The browser does not allow them for this page.').waitFor();
	expect(await notices.getAttribute('aria-checked')).toBe('false');
	await raise();
	await row('No ticks').getByText(/^No message/).waitFor();
	expect(await asked((a) => a.notices.length)).toBe(0);
});

it('makes a sound when it is switched on, and for an alert, but not without', async () => {
	await open();
	await standIn('granted');
	await raise('Silent');
	await expect.poll(() => bell().getAttribute('aria-label'), soon).toBe('Alerts: 1 raised');
	expect(await asked((a) => a.tones)).toBe(0);
	await openSheet();
	await sheet().getByRole('switch', { name: 'Sound' }).click();
	await expect.poll(() => asked((a) => a.tones), soon).toBe(2); // so that it is known how it sounds
	await raise('Heard');
	await expect.poll(() => asked((a) => a.tones), soon).toBe(4);
});

it('flags on Timing when an alert was raised, and leads to it by a press and by keyboard', async () => {
	await open();
	await page.evaluate(() => (location.hash = 'timing?span=1m'));
	await page.getByRole('main', { name: 'Timing' }).waitFor();
	await raise();
	const flag = page.getByRole('main').getByRole('button', { name: /^Alert at \d\d:\d\d:\d\d: No ticks$/ });
	await flag.click();
	await sheet().locator('[aria-current]').getByText('No ticks').waitFor();
	await page.keyboard.press('Escape');
	await sheet().waitFor({ state: 'detached' });
	await flag.focus();
	await page.keyboard.press('Enter');
	await sheet().locator('[aria-current]').getByText('No ticks').waitFor();
	await page.keyboard.press('Escape');
	await show(page, 'alerts-timing');
});

it('is found by the palette, closes by Esc, and gives the focus back', async () => {
	await open();
	await bell().focus();
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Find anything' }).waitFor();
	await page.keyboard.type('alerts');
	await page.getByRole('option', { name: 'Alerts' }).first().waitFor();
	await page.keyboard.press('Enter');
	await sheet().getByRole('heading', { name: 'Alerts', exact: true }).waitFor();
	await page.keyboard.press('Escape');
	await expect.poll(() => sheet().count(), soon).toBe(0);
	await openSheet();
	await page.keyboard.press('Escape');
	await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label')), soon).toBe('Alerts');
});

it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 1440 },
	{ colorScheme: 'dark', width: 390 },
	{ colorScheme: 'light', width: 390 },
] as const)('has nothing axe objects to, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
	await raise();
	await hub.publish({ namespace: '/ws', event: 'tick', data: 1 });
	await open({ colorScheme, viewport: { width, height: 860 }, bypassCSP: true });
	const objections = async () => {
		const { violations } = await inspect(page).analyze();
		return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`);
	};
	const picture = (name: string) => show(page, `alerts-${name}-${colorScheme}-${width}`);
	await expect.poll(() => bell().getAttribute('aria-label'), soon).toBe('Alerts: 1 raised');
	await openSheet();
	await row('No ticks').getByText(/^No message/).waitFor();
	await picture('list');
	expect(await objections()).toEqual([]);
	await sheet().getByText('What happened').click();
	await sheet().getByText('holds').waitFor();
	await picture('history');
	expect(await objections()).toEqual([]);
	await sheet().getByText('Watched').click();
	await row('No ticks').getByRole('button', { name: 'Change No ticks' }).click();
	await sheet().getByLabel('Raised at').waitFor();
	await picture('editor');
	expect(await objections()).toEqual([]);
	await sheet().getByRole('button', { name: 'Cancel' }).click();
	await page.keyboard.press('Escape');
	await picture('live');
});
