import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ClientList, MessagePage, SimulatorList } from '$lib/wire';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** The screen Compose, as the real program serves it. */
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

async function open(how: BrowserContextOptions = {}, panel = 'answers') {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(`${hub.url}/#compose?panel=${panel}`);
	await page.locator('.cm-content').waitFor();
}

/** What the hub is asked for again and again may take a while on a busy machine. */
const soon = { timeout: 10_000 };
const ask = async <Answer>(path: string) => (await (await fetch(hub.url + path)).json()) as Answer;
const newest = async () => await (await fetch(`${hub.url}/api/v1/messages?limit=1`)).text();
const fill = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value);
const data = () => page.getByRole('textbox', { name: 'Data', exact: true });
const choose = (text: string) => page.getByText(text, { exact: true }).click();

/** A Socket.IO client in /ws whose program confirms what it gets; it lives in a page of its own. */
async function confirming(): Promise<void> {
	const other = await context.newPage();
	await other.goto(`${hub.url}/#tape`);
	await other.addScriptTag({ url: '/socket.io/socket.io.js' });
	await other.evaluate(
		() =>
			new Promise<void>((done) => {
				const { io } = window as unknown as { io: (path: string, how: object) => { on: (event: string, hear: (...args: unknown[]) => void) => void } };
				const socket = io('/ws', { auth: { name: 'confirming' } });
				socket.on('connect', () => done());
				socket.on('order', (...args) => (args.at(-1) as (said: unknown) => void)({ got: args[0] }));
			}),
	);
}

it('sends what is written, byte for byte, and shows what the hub answered', async () => {
	await open();
	await fill('Namespace', '/ws/x');
	await fill('Event', 'note');
	await choose('Rooms');
	await page.getByRole('textbox', { name: 'Rooms' }).fill('a, b');
	await data().fill('{"n": 12345678901234567890, "x": 1.0}');
	await page.keyboard.press('Control+Enter');
	await page.getByText('Accepted as #1').first().waitFor();
	await expect.poll(newest, soon).toContain('"data":{"n":12345678901234567890,"x":1.0}');
	const [message] = (await ask<MessagePage>('/api/v1/messages?limit=1')).messages;
	expect(message).toMatchObject({ namespace: '/ws/x', event: 'note', rooms: ['a', 'b'] });
	await page.getByRole('button', { name: /^Send again/ }).click();
	await page.getByText('Accepted as #2').first().waitFor();
});

it('says where a mistake is, marks it, and sends nothing', async () => {
	await open();
	await data().fill('{\n  "a": 1,\n}');
	await page.getByText('line 3, column 1').waitFor();
	expect(await page.locator('.cm-wrong').textContent()).toBe('}');
	expect(await data().getAttribute('aria-invalid')).toBe('true');
	expect(await page.getByRole('button', { name: /^Send/ }).isDisabled()).toBe(true);
	await page.keyboard.press('Control+Enter');
	await data().fill('[]');
	await page.getByRole('button', { name: /^Send/ }).click();
	await page.getByText('Accepted as #1').first().waitFor();
});

it('lets Tab leave the editor, and Enter indent', async () => {
	await open();
	await data().fill('');
	await data().press('{');
	await data().press('Enter');
	await page.keyboard.type('"a": 1');
	await expect.poll(() => page.locator('.cm-line').allTextContents(), soon).toEqual(['{', '  "a": 1']);
	await page.keyboard.press('Tab');
	await expect.poll(() => data().evaluate((el) => el === document.activeElement), soon).toBe(false);
});

it('styles the editor though the page’s policy forbids style elements', async () => {
	await open();
	expect(await page.locator('.cm-scroller').evaluate((el) => getComputedStyle(el).display)).toBe('flex');
	expect(await page.locator('.cm-gutters').evaluate((el) => getComputedStyle(el).borderRightWidth)).toBe('0px');
});

it('shows what the hub fills holes with, and sends the next one each time', async () => {
	await open();
	await data().fill('{"n": {{seq}}, "price": {{pick 7 7}}, "bid": {{price - 1}}}');
	await page.getByText('{"n":1,"price":7,"bid":6}').waitFor();
	await page.keyboard.press('Control+Enter');
	await page.getByText('Accepted as #1').first().waitFor();
	await page.getByText('{"n":2,"price":7,"bid":6}').waitFor();
	await page.keyboard.press('Control+Enter');
	await page.getByText('Accepted as #2').first().waitFor();
	await expect.poll(newest, soon).toContain('"data":{"n":2,"price":7,"bid":6}');
	await data().fill('{"n": {{sqe}}}');
	await page.getByText(/there is no function/i).waitFor();
	expect(await page.locator('.cm-wrong').count()).toBe(1);
	complaints = complaints.filter((line) => !line.includes('400')); // the browser's own line
});

it('shows why the hub did not take a message, and what to do', async () => {
	await open();
	await fill('Event', '');
	await page.keyboard.press('Control+Enter');
	await page.getByText('the message has no event name').first().waitFor();
	await page.getByText('add "event"').first().waitFor();
	complaints = complaints.filter((line) => !line.includes('400'));
});

it('sends to one client, and shows what its program answers', async () => {
	await open();
	await confirming();
	await fill('Namespace', '/ws');
	await fill('Event', 'order');
	await data().fill('[9007199254740993]');
	await page.getByText('goes to 1 client').waitFor();
	await choose('One client');
	await page.getByRole('button', { name: 'Choose a client' }).click();
	await page.getByRole('menuitemradio', { name: /^confirming/ }).click();
	await page.getByRole('button', { name: /^Send/ }).click();
	await page.getByText(/#1 confirmed after/).first().waitFor();
	await page.getByText('{"got":[9007199254740992]}').first().waitFor(); // JavaScript rounds it, and we do not
	const { clients } = await ask<ClientList>('/api/v1/clients');
	expect((await ask<MessagePage>('/api/v1/messages?limit=1')).messages[0]?.to).toBe(clients.find((c) => c.name === 'confirming')?.id);
	await fill('Event', 'ignored');
	await fill('Within', '20');
	await page.getByRole('button', { name: /^Send/ }).click();
	await page.getByText('did not confirm the message within 20ms').first().waitFor();
	complaints = complaints.filter((line) => !line.includes('504'));
});

it('attaches files, which leave as binary', async () => {
	await open();
	await data().fill('{"a": 1}');
	await page.getByLabel('Attach files').setInputFiles({ name: 'two.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 255]) });
	await page.getByText('two.bin').waitFor();
	await page.keyboard.press('Control+Enter');
	await page.getByText('Accepted as #1').first().waitFor();
	await expect.poll(() => ask('/api/v1/messages/1?attachments=base64'), soon).toMatchObject({ data: { a: 1, file1: { _placeholder: true, num: 0 } }, attachments: ['AP8='] });
	await page.getByRole('button', { name: 'Remove two.bin' }).click();
	await expect.poll(() => data().textContent(), soon).toContain('"file1": null');
});

it.for(['Everybody', 'Rooms'] as const)('repeats for %s, and stops when asked', async (whom) => {
	await open();
	await choose(whom); // both the hub repeats itself
	if (whom === 'Rooms') await page.getByRole('textbox', { name: 'Rooms' }).fill('a');
	await choose('Repeat');
	await fill('Every', '5');
	await fill('Count', '20');
	await page.getByRole('button', { name: 'Start sending' }).click();
	await page.getByText('20 of 20 sent').waitFor();
	expect((await ask<MessagePage>('/api/v1/messages?limit=1')).messages[0]).toMatchObject({ origin: { door: 'simulator' }, ...(whom === 'Rooms' ? { rooms: ['a'] } : {}) });
	await expect.poll(async () => (await ask<MessagePage>('/api/v1/messages')).messages.length, soon).toBe(20);
	await fill('Count', '100000');
	await page.getByRole('button', { name: 'Start sending' }).click();
	await page.getByRole('button', { name: 'Stop' }).click();
	await page.getByRole('button', { name: 'Start sending' }).waitFor();
	await expect.poll(async () => (await ask<SimulatorList>('/api/v1/simulators')).simulators.map((s) => s.name), soon).not.toContain('Compose');
});

it('copies the request as code', async () => {
	await open({ permissions: ['clipboard-read', 'clipboard-write'] });
	await data().fill('{"big": 9007199254740993}');
	for (const name of ['Python', 'JavaScript', 'curl', 'PowerShell']) {
		await page.getByRole('button', { name: /^(Copy as code|Copied)$/ }).click();
		await page.getByRole('menuitem', { name }).click();
		await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), soon).toMatch(/"big": 9007199254740993/);
		await page.evaluate(() => navigator.clipboard.writeText(''));
	}
});

it('keeps what was sent and what was saved, and shows it again', async () => {
	await open();
	await data().fill('{"kept": true}');
	await page.keyboard.press('Control+Enter');
	await page.getByText('Accepted as #1').first().waitFor();
	await page.getByRole('button', { name: 'Recent' }).click();
	await page.getByRole('textbox', { name: 'Save this message as' }).fill('the kept one');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await page.getByRole('button', { name: 'Forget the kept one' }).waitFor();
	await page.keyboard.press('Escape');
	await data().fill('{}');
	await page.reload();
	await page.locator('.cm-content').waitFor();
	await page.getByRole('button', { name: 'Recent' }).click();
	await page.getByRole('heading', { name: 'Sent from this page' }).waitFor();
	await page.getByRole('button', { name: /^the kept one/ }).click();
	await expect.poll(() => data().textContent(), soon).toBe('{"kept": true}');
});

it('keeps what was written while other screens are shown', async () => {
	await open();
	await data().fill('{"kept": true}');
	await page.evaluate(() => (location.hash = 'clients'));
	await page.locator('.cm-content').waitFor({ state: 'detached' });
	await page.evaluate(() => (location.hash = 'compose'));
	await expect.poll(() => data().textContent(), soon).toBe('{"kept": true}');
});

it.for([
	{ colorScheme: 'dark', width: 390, locale: 'zh-CN', mistake: true },
	{ colorScheme: 'light', width: 1440, locale: 'en-US', mistake: true },
	{ colorScheme: 'dark', width: 1440, locale: 'en-US', mistake: false },
	{ colorScheme: 'light', width: 390, locale: 'en-US', mistake: false },
] as const)('axe has nothing to object to, $colorScheme, $width px wide, $locale', async ({ colorScheme, width, locale, mistake }) => {
	await open({ viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
	await page.locator('.cm-content').fill(mistake ? '{"a":1,}' : '{"symbol": "AAPL", "n": {{seq}}}');
	await page.locator(mistake ? '.cm-wrong' : '.next .data:not(:empty)').waitFor();
	if (!mistake) await page.getByText('{"symbol":"AAPL","n":1}').waitFor();
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
