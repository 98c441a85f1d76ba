import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Lane } from '$lib/wire';
import { inspect, startBrowser } from './browser';
import { RealHub } from './hub';

/** The panel that changes a lane, as a person uses it, against a real hub. */
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
	await hub.patchLane('/ws/rt_market', { interval: '10ms' });
});
afterEach(async () => {
	await context.close();
	await hub.remove();
});

async function open(how: BrowserContextOptions = {}): Promise<void> {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', bypassCSP: true, ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	await page.goto(`${hub.url}/#timing`);
	await page.getByText('/ws/rt_market').first().waitFor();
}

const panel = () => page.getByRole('region', { name: 'Lane', exact: true });
const number = () => panel().getByRole('textbox', { name: /^Time from one message/ });
const slider = () => panel().getByRole('slider');
async function lane(): Promise<Lane> {
	return (await (await fetch(`${hub.url}/api/v1/lanes/${encodeURIComponent('/ws/rt_market')}`)).json()) as Lane;
}

it('takes a pace that is typed, and takes it back', async () => {
	await open();
	await number().fill('9 ms');
	await number().press('Enter');
	await expect.poll(async () => (await lane()).interval).toBe('9ms');
	await expect.poll(() => number().inputValue()).toBe('9.000');
	await expect.poll(() => page.locator('main header p').textContent()).toContain('Nothing was emitted');
	await panel().getByText('was 10.000 ms').waitFor();
	await panel().getByRole('button', { name: 'undo' }).click();
	await expect.poll(async () => (await lane()).interval).toBe('10ms');
	expect(await panel().getByRole('button', { name: 'undo' }).count()).toBe(0);
});

it('says what is no pace, and leaves the lane alone', async () => {
	await open();
	await number().fill('soon');
	await number().press('Enter');
	await panel().getByRole('alert').getByText('Not a pace').waitFor();
	expect((await lane()).interval).toBe('10ms');
	await number().press('Escape');
	await expect.poll(() => number().inputValue()).toBe('10.000');
});

it('shows what a pace would do while the key is held, and applies it when it is let go', async () => {
	await open();
	await hub.publish({ namespace: '/ws/rt_market', event: 'tick', data: 1 });
	await slider().focus();
	await page.keyboard.down('ArrowLeft');
	await panel().getByText('If you go to 9.9 ms').waitFor();
	expect((await lane()).interval).toBe('10ms');
	await page.keyboard.up('ArrowLeft');
	await expect.poll(async () => (await lane()).interval).toBe('9.9ms');
	await panel().getByText('If nothing changes').waitFor();

	await page.keyboard.down('PageUp');
	await panel().getByText('If you go to 10 ms').waitFor();
	await page.keyboard.press('Escape');
	await panel().getByText('If nothing changes').waitFor();
	await page.keyboard.up('PageUp');
	expect((await lane()).interval).toBe('9.9ms');
});

it('is dragged to a pace', async () => {
	await open();
	const box = await slider().boundingBox();
	if (!box) throw new Error('there is no slider');
	await page.mouse.move(box.x + box.width / 4, box.y + box.height / 2);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
	await panel().getByText(/If you go to (9\d|1\d\d) ms/).waitFor();
	expect((await lane()).interval).toBe('10ms');
	await page.mouse.up();
	await expect.poll(async () => Number.parseFloat((await lane()).interval)).toBeGreaterThan(80);
});

it('goes from an interval to a rate, and to none', async () => {
	await open();
	await panel().getByText('Rate', { exact: true }).click();
	await expect.poll(async () => (await lane()).rate).toBe(100);
	await panel().getByText('As they come').click();
	await expect.poll(async () => (await lane()).rate).toBe(0);
	await panel().getByText('Each message leaves as soon as it is accepted.').waitFor();
});

it('changes at once what happens after a stall, when it is full, and to what clients emit', async () => {
	await open();
	await panel().getByText('Burst').click();
	await expect.poll(async () => (await lane()).catch_up).toBe('burst');
	await panel().getByText('drop-oldest').click();
	await expect.poll(async () => (await lane()).full).toBe('drop-oldest');
	await panel().getByRole('switch', { name: 'Pass on what clients emit' }).click();
	await expect.poll(async () => (await lane()).relay).toBe(true);

	await panel().getByText('latest', { exact: true }).click();
	await panel().getByText('Say first where in the payload').waitFor();
	await page.keyboard.type('/symbol');
	await page.keyboard.press('Enter');
	await expect.poll(async () => (await lane()).key).toBe('/symbol');
	expect((await lane()).full).toBe('latest');
});

it('says why a size was refused where it was written', async () => {
	await open();
	const messages = panel().getByRole('textbox', { name: 'Messages' });
	await messages.fill('0');
	await messages.press('Enter');
	await panel().getByRole('alert').getByText('capacity is 0 messages; it is 1 to 1000000').waitFor();
	await messages.fill('200');
	await messages.press('Enter');
	await expect.poll(async () => (await lane()).capacity).toBe(200);
	await expect.poll(() => panel().getByRole('alert').count()).toBe(0);
});

it('takes a size as people write it, shows it with its unit, and says what is none', async () => {
	await open();
	const payload = panel().getByRole('textbox', { name: 'Payload', exact: true });
	expect(await payload.inputValue()).toBe('64 MiB');
	await payload.fill('1 GB');
	await payload.press('Enter');
	await expect.poll(async () => (await lane()).max_bytes).toBe(1e9);
	await expect.poll(() => payload.inputValue()).toBe('1 GB');
	await payload.fill('lots');
	await payload.press('Enter');
	await panel().getByText('Not a size. Write it with its unit, such as 64 MiB or 1 GB.').waitFor();
	await payload.fill('1.5 GiB');
	await payload.press('Enter');
	await expect.poll(() => payload.inputValue()).toBe('1.5 GiB');
});

it('may be looked at without admin, and says so', async () => {
	await open();
	await page.route('**/api/v1/session', (route) => route.fulfill({ json: { scopes: 'view', local: true } }));
	await page.routeWebSocket('**/api/v1/feed', (feed) => {
		feed.connectToServer().onMessage((text) => feed.send(String(text).replace('"scopes":"view publish admin"', '"scopes":"view"')));
	});
	await page.reload();
	await panel().getByText('To look at only').waitFor();
	for (const control of await panel().getByRole('radio').all()) expect(await control.isDisabled()).toBe(true);
	expect([await number().isDisabled(), await slider().isDisabled()]).toEqual([true, true]);
});

it('is a drawer where there is no room beside the plots', async () => {
	await open({ viewport: { width: 1100, height: 800 } });
	expect(await panel().isVisible()).toBe(false);
	await page.getByRole('button', { name: 'Settings of the lane' }).click();
	await number().waitFor();
	await page.keyboard.press('Escape');
	await panel().waitFor({ state: 'hidden' });
});

it.for(['dark', 'light'] as const)('has nothing axe objects to, %s', async (colorScheme) => {
	await open({ colorScheme });
	await number().waitFor();
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
