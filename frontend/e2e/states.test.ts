import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inspect, startBrowser } from './browser';
import { RealHub } from './hub';

/** How the page is while something is not as it should be: on its way, away, too much, or missing. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let ticking: ReturnType<typeof setInterval> | undefined;

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub();
	await hub.start();
});
afterEach(async () => {
	clearInterval(ticking);
	await context.close();
	await hub.remove();
});

async function open(how: BrowserContextOptions = {}): Promise<void> {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
}

const tick = (n: number) => ({ namespace: '/ws/rt_market', event: 'tick', data: { n } });
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const bones = () => page.getByRole('status').filter({ hasText: 'Loading' });
const deck = () => page.locator('footer').boundingBox();
const reading = (label: string) => page.locator('footer .reading', { hasText: label });
const colourOf = (text: ReturnType<Page['locator']>) => text.evaluate((e) => getComputedStyle(e).color);
const soon = { timeout: 10_000 };

/** The pixels of the strip above the readings. */
const heartbeat = () => page.locator('footer canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());

/** Hands in a message again and again, whether anybody is there or not. */
function keepTicking(everyMs: number, ...messages: object[]): void {
	ticking = setInterval(() => void hub.publish(...messages).catch(() => {}), everyMs);
}

it('says on a phone how much waits, and of how much, with nothing cut', async () => {
	await hub.patchLane('/ws/slow', { interval: '10s', capacity: 15_000 });
	await hub.publish(...Array.from({ length: 5000 }, (_, n) => ({ namespace: '/ws/slow', event: 'tick', data: n })));
	await open({ viewport: { width: 390, height: 844 } });
	await page.goto(hub.url);
	await reading('Queued').getByText(/4,99\d|5,000/).waitFor();
	expect(await reading('Queued').textContent()).toContain('of 20k');
	const cut = await page.locator('footer .on-phone :is(.label, .value)').evaluateAll((all) =>
		all.filter((words) => {
			const range = document.createRange();
			range.selectNodeContents(words); // not the room that is kept
			return range.getBoundingClientRect().right > (words.closest('.on-phone')?.getBoundingClientRect().right ?? 0);
		}).map((words) => words.textContent),
	);
	expect(cut).toEqual([]);
});

it('keeps the name of the screen whole on a phone while the hub is away', async () => {
	await open({ viewport: { width: 390, height: 844 } });
	await page.goto(`${hub.url}/#compose`);
	await page.getByRole('heading', { name: 'Compose', level: 1 }).waitFor();
	await hub.stop();
	await page.getByRole('button', { name: /^Lost/ }).waitFor();
	expect(await page.locator('h1').evaluate((name) => name.scrollWidth <= name.clientWidth)).toBe(true);
	await hub.start();
});

it('draws hairlines in place of a list until the hub has greeted', async () => {
	await open();
	let greet = () => {};
	await page.routeWebSocket(/\/feed$/, (page) => {
		greet = () => void page.connectToServer();
	});
	await hub.publish(tick(1));
	await page.goto(hub.url);
	await bones().waitFor();
	const before = await deck();
	greet();
	await rows().first().waitFor();
	expect(await bones().count()).toBe(0);
	expect(await deck()).toEqual(before);
});

it('holds the place of a screen that is on its way, and says what to do where it does not come', async () => {
	await hub.publish(tick(1));
	await open();
	let come = () => {};
	const coming = new Promise<void>((resolve) => (come = resolve));
	let fails = false;
	await page.route(/\/assets\/Screen-.*\.js/, async (route) => {
		await coming;
		await (fails ? route.abort() : route.continue());
	});
	await page.goto(`${hub.url}/#timing`);
	await bones().waitFor();
	const place = await deck();
	expect(place).toMatchObject({ y: 900 - 64, height: 64 });
	fails = true;
	come();
	await page.getByRole('alert').getByText('Try again once the hub is back.').waitFor();
	expect(await deck()).toEqual(place);
});

it('stops with the hub, keeps every value with its age, and shows the gap when it is back', async () => {
	await open();
	await page.goto(hub.url);
	keepTicking(30, tick(1));
	await rows().nth(20).waitFor();
	const rate = reading('Emitting').locator('.value');
	await expect.poll(() => rate.textContent(), soon).toMatch(/^[1-9]/);
	await hub.stop('SIGKILL');
	const pill = page.locator('button.state');
	await expect.poll(() => pill.innerText(), soon).toMatch(/^Not connected · \d+ s, trying again$/);
	const [kept, ink, count] = [await rate.textContent(), await heartbeat(), await rows().count()];
	await expect.poll(() => page.locator('footer .clock').innerText(), soon).toMatch(/last heard [3-9] s ago/);
	expect(await rate.textContent()).toBe(kept);
	expect(await colourOf(rate)).toBe(await colourOf(page.locator('footer .label').first()));
	expect(await heartbeat()).toBe(ink);
	expect(await rows().count()).toBe(count);
	await hub.start();
	await expect.poll(() => pill.innerText(), soon).toMatch(/^Live/);
	await page.getByRole('row', { name: /Not connected for \d+ s/ }).waitFor();
	await expect.poll(heartbeat, soon).not.toBe(ink);
});

it.each(['dark', 'light'] as const)('says which lane is full, and how much it refuses, %s', async (colorScheme) => {
	await hub.publish(tick(1));
	await hub.patchLane('/ws/rt_market', { capacity: 50, interval: '100ms' });
	await open({ colorScheme, bypassCSP: true });
	await page.goto(hub.url);
	await rows().first().waitFor();
	const place = await reading('Clients').boundingBox();
	keepTicking(20, ...Array.from({ length: 5 }, (_, n) => tick(n)));
	const queued = reading('/ws/rt_market');
	await expect.poll(() => queued.locator('.label > [aria-hidden]').innerText(), soon).toMatch(/^[1-9][\d,]* refused, \/ws\/rt_market$/);
	await expect.poll(() => queued.locator('.value').first().innerText(), soon).toMatch(/^(49|50)\s*of 50$/);
	expect((await reading('Clients').boundingBox())?.x).toBe(place?.x);
	const { violations } = await inspect(page).include('footer').analyze();
	expect(violations.map((v) => v.id)).toEqual([]);
});

it('says in Chinese what the hub refuses, and its own words beside it', async () => {
	await hub.publish(tick(1));
	await open({ locale: 'zh-CN' });
	await page.goto(hub.url);
	await rows().first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('sice:3');
	await page.keyboard.press('Enter');
	const alert = page.getByRole('alert');
	await alert.getByText('查询有误。请修改标出的部分。').waitFor();
	expect(await alert.locator('[lang=en]').innerText()).toContain('Unknown field "sice"');
});
