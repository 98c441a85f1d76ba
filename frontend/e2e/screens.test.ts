import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MessagePage } from '$lib/wire';
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
	{ screen: 'compose', colorScheme: 'dark', width: 390, locale: 'zh-CN' },
	{ screen: 'compose', colorScheme: 'light', width: 1440, locale: 'en-US' },
	{ screen: 'tape', colorScheme: 'dark', width: 1440, locale: 'en-US' },
	{ screen: 'tape', colorScheme: 'light', width: 390, locale: 'zh-CN' },
] as const)('axe has nothing to object to on $screen, $colorScheme, $width px wide', async ({ screen, colorScheme, width, locale }) => {
	await open(screen, { viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
	if (screen === 'compose') await page.locator('textarea').fill('{"a":1,}');
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
