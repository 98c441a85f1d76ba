import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** The screen Tape, as the real program serves them. */
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
	{ screen: 'tape', colorScheme: 'dark', width: 1440, locale: 'en-US' },
	{ screen: 'tape', colorScheme: 'light', width: 390, locale: 'zh-CN' },
] as const)('axe has nothing to object to on $screen, $colorScheme, $width px wide', async ({ screen, colorScheme, width, locale }) => {
	await open(screen, { viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
