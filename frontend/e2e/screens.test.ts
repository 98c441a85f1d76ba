import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClientList, MessagePage } from '$lib/wire';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** The screens Clients, Compose and Tape, as the real program serves them. */
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

async function open(screen: string, how: BrowserContextOptions = {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (line) => {
		if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
	});
	await page.goto(`${hub.url}/#${screen}`);
	await page.locator('h1').waitFor();
}

/** The lists are asked for once a second, and the machine may be busy. */
const soon = { timeout: 10_000 };
const ask = async <Answer>(path: string) => (await (await fetch(hub.url + path)).json()) as Answer;
const newest = async () => (await (await fetch(`${hub.url}/api/v1/messages?limit=1`)).text());
const clients = async () => (await ask<ClientList>('/api/v1/clients')).clients;
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });

/** Listens to a namespace from inside another page, which is a client like any other. */
async function listen(rooms: string[] = []): Promise<string> {
	const other = await context.newPage();
	await other.goto(hub.url);
	await other.evaluate(
		([url, joined]) =>
			new Promise<void>((resolve) => {
				const socket = new WebSocket(`${url}/websocket`);
				socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', namespace: '/ws/rt_market', rooms: joined }));
				socket.onmessage = () => resolve();
			}),
		[hub.url.replace('http', 'ws'), rooms] as const,
	);
	const known = (await clients()).at(-1);
	if (!known) throw new Error('the hub lists no client');
	return known.address;
}

describe('Clients', () => {
	it('says how to connect one when there is none', async () => {
		await open('clients');
		await page.getByRole('heading', { name: 'Nobody is connected.' }).waitFor();
		expect(await page.locator('pre').textContent()).toContain(hub.url);
	});

	it('lists a client with its address, rooms and what it was sent, and disconnects it', async () => {
		await open('clients');
		const address = await listen(['AAPL']);
		await hub.publish({ namespace: '/ws/rt_market', event: 'tick', data: 1 });
		await page.getByRole('heading', { name: 'The one client keeps up.' }).waitFor();
		await expect.poll(() => rows().first().textContent(), soon).toMatch(new RegExp(`${address}.*WebSocket.*/ws/rt_market.*AAPL.*1`, 's'));
		await rows().first().click();
		await page.getByText('Has missed nothing.').waitFor();
		await page.getByRole('button', { name: 'Disconnect' }).click();
		await expect.poll(clients, soon).toEqual([]);
		await expect.poll(() => rows().first().textContent(), soon).toContain('disconnected'); // the pointer is on the list: it stays
		await page.mouse.move(700, 20);
		await page.getByRole('heading', { name: 'Nobody is connected.' }).waitFor();
	});

	it('opens rows by keyboard', async () => {
		await open('clients');
		await listen();
		await listen();
		await expect.poll(() => rows().count(), soon).toBe(2);
		await page.keyboard.press('j');
		await page.keyboard.press('ArrowDown');
		expect(await rows().nth(1).getAttribute('aria-selected')).toBe('true');
		await page.keyboard.press('Escape');
		await expect.poll(() => page.getByRole('button', { name: 'Disconnect' }).count(), soon).toBe(0);
	});

	it('says why a client was not disconnected', async () => {
		await open('clients');
		await listen();
		await rows().first().click();
		const answer = { status: 403, json: { code: 'forbidden', message: 'this needs the scope admin', hint: 'use a key with that scope' } };
		await page.route('**/api/v1/clients/*', (route) => route.fulfill(answer));
		await page.getByRole('button', { name: 'Disconnect' }).click();
		await page.getByText('this needs the scope admin').waitFor();
		expect((await clients()).length).toBe(1);
		complaints = complaints.filter((line) => !line.includes('403')); // the browser's own line
	});

	it('keeps the list when the hub is gone', async () => {
		await open('clients');
		const address = await listen();
		await expect.poll(() => rows().count(), soon).toBe(1);
		await hub.stop();
		await page.locator('main.stale').waitFor();
		expect(await rows().first().textContent()).toContain(address);
		complaints = []; // the browser's own lines about a hub that is away
	});

	it('draws only the rows in sight of many thousand clients', async () => {
		await open('clients');
		const many = Array.from({ length: 10_000 }, (_, i) => ({
			id: `c${i}`, door: 'websocket', transport: 'websocket', address: `10.0.${i >> 8}.${i & 255}:5000`, namespaces: ['/ws'], rooms: [],
			since: '2026-01-01T00:00:00Z', sent: i, missed: 0, lag_frames: 0, lag_bytes: 0, lag_ms: 0,
		}));
		await page.route('**/api/v1/clients', (route) => route.fulfill({ json: { clients: many } }));
		await page.getByRole('heading', { name: 'All 10,000 clients keep up.' }).waitFor();
		expect(await rows().count()).toBeLessThan(60);
		await page.getByPlaceholder('address, door').fill('10.0.39.15:');
		await expect.poll(() => rows().count(), soon).toBe(1);
	});
});

describe('Compose', () => {
	const fill = (label: string, value: string) => page.getByLabel(label, { exact: true }).fill(value);

	it('sends what is written, byte for byte, and shows what the hub answered', async () => {
		await open('compose');
		await fill('Namespace', '/ws/x');
		await fill('Event', 'note');
		await fill('Rooms', 'a, b');
		await fill('Data', '{"n": 12345678901234567890, "x": 1.0}');
		await page.keyboard.press('Control+Enter');
		await page.getByText('Accepted as #1').first().waitFor();
		await expect.poll(newest, soon).toContain('"data":{"n":12345678901234567890,"x":1.0}');
		const [message] = (await ask<MessagePage>('/api/v1/messages?limit=1')).messages;
		expect(message).toMatchObject({ namespace: '/ws/x', event: 'note', rooms: ['a', 'b'] });
		await page.getByRole('button', { name: /^Send again/ }).click();
		await page.getByText('Accepted as #2').first().waitFor();
	});

	it('says where a mistake is, and sends nothing', async () => {
		await open('compose');
		await fill('Data', '{\n  "a": 1,\n}');
		await page.getByText('line 3, column 1').waitFor();
		expect(await page.getByRole('button', { name: /^Send/ }).isDisabled()).toBe(true);
		await page.keyboard.press('Control+Enter');
		await fill('Data', '[]');
		await page.getByRole('button', { name: /^Send/ }).click();
		await page.getByText('Accepted as #1').first().waitFor();
	});

	it('shows why the hub did not take a message, and what to do', async () => {
		await open('compose');
		await fill('Event', '');
		await page.keyboard.press('Control+Enter');
		await page.getByText('the message has no event name').first().waitFor();
		await page.getByText('add "event"').first().waitFor();
		complaints = complaints.filter((line) => !line.includes('400')); // the browser's own line
	});

	it('repeats, and stops when asked', async () => {
		await open('compose');
		await page.getByText('Repeat', { exact: true }).click();
		await fill('Every', '5');
		await fill('Count', '20');
		await page.getByRole('button', { name: 'Start sending' }).click();
		await page.getByText('20 of 20 sent').waitFor();
		await expect.poll(async () => (await ask<MessagePage>('/api/v1/messages')).messages.length, soon).toBe(20);
		await fill('Count', '100000');
		await page.getByRole('button', { name: 'Start sending' }).click();
		await page.getByRole('button', { name: 'Stop' }).click();
		await page.getByRole('button', { name: 'Start sending' }).waitFor();
	});

	it("offers the lane's own pace, and the same request as code", async () => {
		await hub.patchLane('/ws/rt_market', { interval: '10ms' });
		await hub.publish({ namespace: '/ws/rt_market', event: 'tick' });
		await open('compose');
		await page.getByText('Repeat', { exact: true }).click();
		await page.getByText('/ws/rt_market emits one each 10 ms.').waitFor();
		await fill('Data', '{"big": 9007199254740993}');
		for (const name of ['Python', 'JavaScript', 'curl']) {
			await page.getByText(name, { exact: true }).click();
			expect(await page.locator('pre').textContent(), name).toMatch(/"big": 9007199254740993/);
		}
	});

	it('keeps what was written while other screens are shown', async () => {
		await open('compose');
		await fill('Data', '{"kept": true}');
		await page.evaluate(() => (location.hash = 'tape'));
		await page.getByRole('heading', { name: 'Nothing is recorded.' }).waitFor();
		await page.evaluate(() => (location.hash = 'compose'));
		expect(await page.getByLabel('Data', { exact: true }).inputValue()).toBe('{"kept": true}');
	});
});

it('Tape says how many messages are kept in memory now', async () => {
	await hub.publish(...Array.from({ length: 3 }, (_, n) => ({ event: 'tick', data: n })));
	await open('tape');
	await expect.poll(() => page.locator('.reading').first().textContent(), soon).toMatch(/^3\s*messages/);
	expect(await page.locator('pre').textContent()).toBe(`curl -N ${hub.url}/api/v1/stream >> messages.log`);
});

it.runIf(spawnSync('curl', ['--version']).status === 0)('a command from Tape saves what is kept and what follows', async () => {
	await hub.publish({ event: 'tick', data: 'before' });
	await open('tape');
	await page.getByText('What is kept, too', { exact: true }).click();
	const code = (await page.locator('pre').textContent()) ?? '';
	const folder = await mkdtemp(join(tmpdir(), 'emitscope-tape-'));
	const saver = spawn('bash', ['-c', `exec ${code}`], { cwd: folder, stdio: 'ignore' });
	try {
		const saved = () => readFile(join(folder, 'messages.log'), 'utf8').catch(() => '');
		await expect.poll(saved, soon).toContain('"data":"before"');
		await hub.publish({ event: 'tick', data: 'after' });
		await expect.poll(saved, soon).toContain('"data":"after"');
	} finally {
		const ended = new Promise((resolve) => saver.once('exit', resolve));
		saver.kill();
		await ended;
		await rm(folder, { recursive: true, force: true });
	}
});

it.for([
	{ screen: 'clients', colorScheme: 'dark', width: 1440, locale: 'en-US' },
	{ screen: 'clients', colorScheme: 'light', width: 390, locale: 'zh-CN' },
	{ screen: 'compose', colorScheme: 'dark', width: 390, locale: 'zh-CN' },
	{ screen: 'compose', colorScheme: 'light', width: 1440, locale: 'en-US' },
	{ screen: 'tape', colorScheme: 'dark', width: 1440, locale: 'en-US' },
	{ screen: 'tape', colorScheme: 'light', width: 390, locale: 'zh-CN' },
] as const)('axe has nothing to object to on $screen, $colorScheme, $width px wide', async ({ screen, colorScheme, width, locale }) => {
	await open(screen, { viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
	if (screen === 'clients') {
		await listen(['AAPL']);
		await rows().first().click();
	}
	if (screen === 'compose') await page.locator('textarea').fill('{"a":1,}');
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
