import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startBrowser } from './browser';
import { MadeUpHub } from './madeup';
import { Traffic } from './traffic';

/** The screen Timing against a made-up hub. What its plots look like is for eyes; here is what they say. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: MadeUpHub;
let traffic: Traffic;

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
	await context.close();
	expect(hub.complaints).toEqual([]);
});

async function open(how: BrowserContextOptions = {}, lanes: MadeUpHub['lanes'] = []) {
	traffic = new Traffic(Date.now() - 13_000);
	hub = new MadeUpHub(traffic.hello());
	hub.lanes = lanes;
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	await hub.open(page);
	await page.keyboard.press('2');
	await cursor().waitFor();
}

/** Seconds of traffic at once; in each of them the lane of 10 ms has 100 emits, and one of them is late. */
function play(seconds: number): void {
	for (let i = 0; i < seconds * 20; i++) {
		const frame = traffic.frame();
		for (const lane of frame.second?.lane_points ?? []) {
			const emitted = lane.namespace === '/ws/rt_market' ? 100 : 20;
			lane.point = { ...lane.point, emitted, missed_slots: 0, late: emitted === 100 ? 1 : 0, spread: { first: 9, counts: [emitted] } };
		}
		hub.say(frame);
	}
}

const cursor = () => page.getByRole('slider', { name: /^Cursor/ });
const verdict = () => page.locator('main header p');

it('says in one sentence how steady the busiest lane with a pace was', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toMatch(/^\s*Every 10\.000 ms was asked for\. 990 of 1,000 kept it; 10 late, drift 0\.\s*$/);
});

it('says so of all lanes, when asked', async () => {
	await open();
	play(12);
	await page.getByText('All lanes').click();
	play(2);
	await expect.poll(() => verdict().textContent()).toContain('on time');
});

it('asks the hub once for what a longer time needs', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toContain('990');
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	await page.getByText('10 m', { exact: true }).click();
	await page.getByText('each 10 s in it').waitFor();
	await expect.poll(() => asked).toContain('/api/v1/streams/points');
	expect(asked.filter((path) => path === '/api/v1/points')).toHaveLength(1);
});

it('finds one lane among many', async () => {
	await open();
	play(2);
	for (let i = 0; i < 20; i++) {
		const frame = traffic.frame();
		for (let n = 0; n < 100; n++)
			frame.lanes.push({ namespace: `/ws/room${n}`, depth: n, capacity: 5000, period_us: 0, ago_us: [], late_us: [] });
		hub.say(frame);
	}
	await page.getByRole('button', { name: /^Lane: / }).click();
	const chooser = page.getByRole('dialog', { name: 'Choose a lane' });
	await page.keyboard.type('room7');
	await expect.poll(() => chooser.getByRole('listitem').count()).toBe(11);
	await page.keyboard.type('3');
	await page.keyboard.press('Enter');
	await chooser.waitFor({ state: 'hidden' });
	await page.getByRole('button', { name: 'Lane: /ws/room73' }).waitFor();
});

it('tells readers the values of each second', async () => {
	await open();
	play(12);
	await expect.poll(() => page.locator('main table tbody tr').count()).toBe(10);
	expect((await page.locator('main table tbody tr').last().locator('td').allTextContents()).slice(1, 4)).toEqual(['100', '1', '0']);
});

it('steps from emit to emit with the arrow keys, holds still, and lets go', async () => {
	await open();
	play(12);
	const at = async () => (await cursor().getAttribute('aria-valuetext')) ?? '';
	await expect.poll(() => verdict().textContent()).toContain('990');
	await cursor().focus();
	await cursor().press('ArrowLeft');
	const newest = await at();
	await cursor().press('ArrowLeft');
	const before = await at();
	expect(newest).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
	expect(Number(newest.slice(6)) - Number(before.slice(6))).toBeCloseTo(0.01, 2);
	await page.getByText('Held').waitFor();

	play(3);
	expect(await at()).toBe(before);
	await cursor().press('Escape');
	await page.getByText('Held').waitFor({ state: 'detached' });
});

it('has the same frame before anything was emitted, with a sentence and no zeros', async () => {
	await open();
	await expect.poll(() => verdict().textContent()).toContain('No emits yet');
	expect(await page.locator('main canvas').count()).toBeGreaterThan(4);
	expect(await page.locator('main .values').first().textContent()).toContain('–');
});

it('is no wider than a phone', async () => {
	await open({ viewport: { width: 390, height: 844 } });
	play(3);
	await expect.poll(() => verdict().textContent()).toContain('10.000 ms');
	expect(await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0))).toBe(390);
});
