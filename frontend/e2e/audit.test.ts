import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** Who did what, as the real program tells it. */
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

async function open(how: BrowserContextOptions = {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(hub.url);
	await page.getByRole('button', { name: 'Settings' }).click();
	await page.getByRole('button', { name: 'Who did what' }).click();
	await page.getByRole('heading', { name: 'Who did what' }).waitFor();
}

const make = (name: string) =>
	fetch(`${hub.url}/api/v1/keys`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, scopes: 'view publish' }) });
const revoke = (name: string) => fetch(`${hub.url}/api/v1/keys/${name}`, { method: 'DELETE' });
const guess = () => fetch(`${hub.url}/api/v1/stats`, { headers: { authorization: 'Bearer WRONG' } });
const acts = () => page.getByRole('dialog').getByRole('listitem');
const soon = { timeout: 10_000 };

it('says in words what was done and by whom, the newest first, and goes on', async () => {
	await make('feeder-01');
	for (let i = 0; i < 3; i++) await guess();
	await hub.patchLane('/ws/rt_market', { interval: '20ms' });
	await open();
	await expect.poll(() => acts().filter({ hasText: 'refused: wrong key' }).textContent(), soon).toMatch(/×3.*this machine/s);
	expect(await acts().filter({ hasText: 'made key feeder-01' }).textContent()).toContain('view publish');
	await acts().filter({ hasText: 'changed lane /ws/rt_market' }).waitFor();
	await revoke('feeder-01');
	await expect.poll(() => acts().first().textContent(), soon).toContain('revoked key feeder-01');
	expect(await acts().first().locator('time').getAttribute('title')).toMatch(/^\d\d:\d\d:\d\d\.\d{3} UTC/);
});

it('shows refusals only', async () => {
	await make('feeder-01');
	await guess();
	await open();
	await acts().filter({ hasText: 'made key' }).waitFor();
	await page.getByText('Refused', { exact: true }).click();
	await expect.poll(() => acts().allTextContents(), soon).toEqual([expect.stringContaining('refused: wrong key')]);
	await page.getByText('Changes', { exact: true }).click();
	await acts().filter({ hasText: 'made key' }).waitFor();
	expect(await acts().filter({ hasText: 'refused' }).count()).toBe(0);
});

it('fetches older acts when they come into sight', async () => {
	await guess();
	for (let i = 0; i < 70; i++) {
		await make(`key-${i}`);
		await revoke(`key-${i}`);
	}
	await open();
	await acts().filter({ hasText: 'revoked key key-69' }).waitFor();
	await page.getByRole('region', { name: 'Who did what' }).evaluate((list) => (list.scrollTop = list.scrollHeight));
	await acts().filter({ hasText: 'made key key-0' }).waitFor();
	await page.getByText('Refused', { exact: true }).click();
	await expect.poll(() => acts().count(), soon).toBe(1);
});

it('closes by Esc, and gives the focus back', async () => {
	await open();
	await page.keyboard.press('Escape');
	await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
	expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Settings');
});

it('keeps what it shows when the hub is gone, and says so', async () => {
	await make('feeder-01');
	await open();
	await acts().filter({ hasText: 'made key' }).waitFor();
	await hub.stop();
	await page.getByText('this is what it said last').waitFor();
	expect(await acts().filter({ hasText: 'made key' }).count()).toBe(1);
	complaints = []; // the browser's own lines about a hub that is away
});

it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 1440 },
	{ colorScheme: 'dark', width: 700 },
	{ colorScheme: 'light', width: 700 },
] as const)('has nothing axe objects to, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
	await make('feeder-01');
	await guess();
	await open({ colorScheme, viewport: { width, height: 800 }, bypassCSP: true });
	await acts().filter({ hasText: 'refused' }).waitFor();
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join('\n')}`)).toEqual([]);
});
