import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { SimulatorList } from '$lib/wire';
import { inspect, startBrowser } from './browser';
import { RealHub } from './hub';

/** Simulators and the demo feed, as a person uses them, against a real hub. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub();
	await hub.start();
});
afterEach(async () => {
	await context.close();
	await hub.remove();
});

async function open(hash: string, how: BrowserContextOptions = {}): Promise<void> {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', bypassCSP: true, ...how });
	page = await context.newPage();
	page.setDefaultTimeout(15_000);
	await page.goto(`${hub.url}/#${hash}`);
}

async function list(): Promise<SimulatorList['simulators']> {
	return ((await (await fetch(`${hub.url}/api/v1/simulators`)).json()) as SimulatorList).simulators;
}
const one = async (name: string) => (await list()).find((s) => s.name === name);
const card = (name: string) => page.getByRole('article', { name, exact: true });
const foot = () => page.getByRole('status').filter({ hasText: /Offered|offered/ });
async function serious(): Promise<string[]> {
	const { violations } = await inspect(page).analyze();
	return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
}

it('makes an empty screen live with one button', async () => {
	await open('live');
	await page.getByRole('button', { name: 'Start the demo feed' }).click();
	for (const event of ['tick', 'temperature', 'vibration']) await page.getByText(event, { exact: true }).first().waitFor();
	await page.getByText('/ws/rt_market').first().waitFor();
	expect((await list()).every((s) => s.running)).toBe(true);
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Find anything' }).fill('stop the demo');
	await page.getByText('Stop the demo feed').waitFor();
	await page.keyboard.press('Enter');
	await expect.poll(async () => (await list()).some((s) => s.running)).toBe(false);
});

it('starts a simulator, adds a producer, and says what it offers the lane', async () => {
	await hub.patchLane('/ws/rt_market', { interval: '10ms' });
	await open('compose');
	await page.getByRole('radio', { name: 'Traffic' }).check({ force: true });
	await page.getByRole('button', { name: 'Start Market ticks' }).click();
	await page.getByRole('button', { name: 'Stop Market ticks' }).waitFor();
	await foot().getByText('Offered 96.0 msg/s, all of it fits.').waitFor();
	await foot().getByText('One more producer of Market ticks would fill /ws/rt_market.').waitFor();
	await page.getByRole('button', { name: 'One producer more for Market ticks' }).click();
	await foot().getByText('/ws/rt_market is offered 192.0 msg/s and emits 100.0.').waitFor();
	await foot().getByText(/It is full in \d+ s; then 92\.0 a second are refused\./).waitFor();
	await expect.poll(async () => (await one('Market ticks'))?.producers).toBe(2);
	await card('Market ticks').getByText(/[1-9]\d* sent/).waitFor();
	await page.getByRole('button', { name: 'Stop Market ticks' }).click();
	await page.getByRole('button', { name: 'Start Market ticks' }).waitFor();
	expect((await one('Market ticks'))?.running).toBe(false);
});

it('takes a number that is typed, and says what the hub refuses', async () => {
	await open('compose');
	const mean = card('Sine').getByLabel('mean');
	await mean.fill('12.5');
	await mean.press('Enter');
	await expect.poll(async () => (await one('Sine'))?.set?.mean).toBe(12.5);
	await mean.fill('warm');
	await mean.press('Enter');
	await card('Sine').getByText('not a number').waitFor();
	await mean.press('Escape');
	const every = card('Sine').getByLabel('each every');
	await every.fill('50 ms');
	await every.press('Enter');
	await expect.poll(async () => (await one('Sine'))?.interval).toBe('50ms');
	await every.fill('soon');
	await every.press('Enter');
	await card('Sine').getByRole('alert').getByText(/not a duration/i).waitFor();
	expect((await one('Sine'))?.interval).toBe('50ms');
});

it('adds a simulator of a feed, changes its template, and deletes it', async () => {
	await open('compose');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await page.getByRole('menuitem', { name: 'Template' }).click();
	await card('Template').waitFor();
	await card('Template').getByText('All settings').click();
	const template = card('Template').getByRole('textbox', { name: 'Template' });
	await template.fill('{"n": {{seq}}, "broken": {{nwo}}}');
	await template.blur();
	await card('Template').getByRole('alert').getByText(/line 1, column 28/i).waitFor();
	await template.fill('{"n": {{seq}}}');
	await template.blur();
	await expect.poll(async () => (await one('Template'))?.template).toBe('{"n": {{seq}}}');
	await page.getByRole('button', { name: 'Delete Template' }).click();
	await expect.poll(() => card('Template').count()).toBe(0);
	expect(await one('Template')).toBeUndefined();
});

for (const colorScheme of ['dark', 'light'] as const)
	it(`is readable for everybody, ${colorScheme}`, async () => {
		await open('compose', { colorScheme });
		await page.getByRole('button', { name: 'Start Sine' }).click();
		await foot().getByText(/all of it fits/).waitFor();
		await card('Sine').getByText('All settings').click();
		expect(await serious()).toEqual([]);
	});

it('fits on a phone', async () => {
	await open('compose', { viewport: { width: 390, height: 844 }, hasTouch: true });
	await card('Market ticks').waitFor();
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
	expect(await serious()).toEqual([]);
});
