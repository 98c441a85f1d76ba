import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** The panel Experiment of Compose, served by the real program, which makes the experiment. */
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

/** Twelve runs, each with a server of its own, on a machine that may be busy. */
const soon = { timeout: 60_000 };

async function open(how: BrowserContextOptions = {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(15_000);
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(`${hub.url}/#compose?panel=experiment`);
	await panel().waitFor();
}

function panel() {
	return page.getByRole('region', { name: 'Threads, one loop, or a steady emitter?' });
}

async function axe(): Promise<string[]> {
	const { violations } = await inspect(page).analyze();
	return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}

/** Starts one that is over soon; the panel's own takes a minute. */
async function startShort(): Promise<void> {
	const body = JSON.stringify({ interval: '2ms', length: '200ms', warmup: '20ms', rounds: 3, clients: 3 });
	const answer = await fetch(`${hub.url}/api/v1/experiment`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
	expect(answer.status).toBe(202);
}

it('shows what was found of each way as it comes, and offers every interval', async () => {
	await open();
	await startShort();
	const rows = panel().getByRole('table').getByRole('rowheader');
	await expect.poll(() => rows.allTextContents(), soon).toEqual(['Threads', 'One loop', 'Emitscope', 'A clock alone']);
	await panel().getByRole('button', { name: /^Run (the experiment|it again)/ }).waitFor(soon);
	await panel().getByText('As received').click();
	expect(await rows.allTextContents()).toEqual(['Threads', 'One loop', 'Emitscope']);
	const coming = page.waitForEvent('download');
	await panel().getByRole('button', { name: 'Every interval as CSV' }).click();
	expect((await coming).suggestedFilename()).toMatch(/^emitscope-experiment.*\.csv$/);
	expect(await panel().getByText(/No verdict|times smaller/).count()).toBe(1);
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme });
		await expect.poll(axe).toEqual([]);
	}
}, 120_000);

it('starts from the panel, says what runs, and is cancelled', async () => {
	await open();
	await panel().getByRole('button', { name: /^Run (the experiment|it again)/ }).click();
	await expect.poll(() => panel().getByRole('status').textContent(), soon).toContain('round 1 of 5');
	expect(await axe()).toEqual([]);
	await panel().getByRole('button', { name: 'Cancel' }).click();
	await panel().getByRole('button', { name: /^Run (the experiment|it again)/ }).waitFor();
}, 120_000);

it('fits a phone', async () => {
	await open({ viewport: { width: 390, height: 844 }, hasTouch: true });
	await startShort();
	await panel().getByRole('table').waitFor(soon);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(wide).toBeLessThanOrEqual(390);
	await panel().getByRole('button', { name: /^Run (the experiment|it again)/ }).waitFor(soon);
	expect(await axe()).toEqual([]);
}, 120_000);

it('is reached from the empty screen', async () => {
	await open();
	await page.goto(`${hub.url}/#live`);
	await page.getByRole('link', { name: 'Run the experiment on this machine' }).click();
	await panel().waitFor();
});
