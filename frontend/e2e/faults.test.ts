import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ClientList, FaultList } from '$lib/wire';
import { inspect, show, startBrowser } from './browser';
import { RealHub } from './hub';

/** Faults on purpose, as a person switches them on and everybody sees them, against a real hub. */
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
	page.setDefaultTimeout(20_000);
	await page.goto(`${hub.url}/${hash}`);
}

const panel = () => page.getByRole('region', { name: 'Faults', exact: true });
const mark = () => page.getByRole('link', { name: /^Faults on in \/ws/ });
const field = (name: string) => panel().getByRole('textbox', { name, exact: true });

async function list(): Promise<FaultList> {
	return (await (await fetch(`${hub.url}/api/v1/faults`)).json()) as FaultList;
}

async function put(faults: object): Promise<void> {
	const answer = await fetch(`${hub.url}/api/v1/faults/%2Fws`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(faults) });
	expect(answer.status).toBe(200);
}

async function violations(): Promise<string[]> {
	const found = await inspect(page).analyze();
	return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
}

it('switches on what is written, counts it, and stops', async () => {
	await open('#compose?panel=faults');
	await field('Drop').fill('100');
	await field('Repeat chance with seed').fill('42');
	await panel().getByRole('button', { name: 'Start' }).click();
	await mark().waitFor();
	expect((await list()).faults.map((f) => [f.namespace, f.drop, f.seed])).toEqual([['/ws', 1, 42]]);
	await hub.publish({ namespace: '/ws', event: 'tick', data: 1 });
	await panel().getByRole('group', { name: 'Faults on in /ws' }).locator('div', { hasText: 'Dropped on purpose' }).getByText('1', { exact: true }).waitFor();
	await panel().getByRole('button', { name: 'Off now: the faults in /ws' }).click();
	await expect.poll(() => mark().count()).toBe(0);
	expect((await list()).faults).toEqual([]);
});

it('is filled in by sliders and their keys, and by a kind of trouble', async () => {
	await open('#compose?panel=faults');
	const slider = (name: string) => panel().getByRole('slider', { name, exact: true });
	await slider('Drop').focus();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowRight');
	expect(await field('Drop').inputValue()).toBe('2');
	await field('Hold back for').fill('40');
	await slider('Hold back for').focus();
	await page.keyboard.press('ArrowRight'); // from what is written to the next round value
	expect(await field('Hold back for').inputValue()).toBe('50');
	expect(await slider('Hold back for').getAttribute('aria-valuetext')).toBe('50 ms');
	await panel().getByRole('button', { name: 'A stalling hub' }).click();
	expect([await field('Drop').inputValue(), await field('Send nothing for').inputValue()]).toEqual(['', '2']);
	await panel().getByRole('button', { name: 'Start' }).click();
	await mark().waitFor();
	expect((await list()).faults.map((f) => [f.stall, f.stall_every])).toEqual([['2s', '15s']]);
});

it('is switched off from any screen by one press', async () => {
	await open('#live');
	await put({ drop: 1 });
	await page.getByRole('button', { name: 'Off now: all faults' }).click();
	await expect.poll(() => mark().count()).toBe(0);
	expect((await list()).faults).toEqual([]);
});

it('fills in what is on, to be changed', async () => {
	await put({ drop: 0.125, stall: '1s' });
	await open('#compose?panel=faults');
	await panel().getByRole('button', { name: 'Change the faults in /ws' }).click();
	expect([await field('Drop').inputValue(), await field('Send nothing for').inputValue()]).toEqual(['12.5', '1']);
});

it('says on Timing what was held back on purpose, also when it is over', async () => {
	await hub.publish({ namespace: '/ws', event: 'tick', data: 1 });
	await open('#timing?lane=/ws&span=1m');
	await put({ delay: '100ms', slow_share: 1, slow_rate: 5 });
	const purpose = page.getByRole('region', { name: 'Every emit' }).getByRole('link', { name: 'On purpose: delayed', exact: true });
	await hub.publish({ namespace: '/ws', event: 'tick', data: 2 });
	await purpose.waitFor();
	await fetch(`${hub.url}/api/v1/faults`, { method: 'DELETE' });
	await expect.poll(() => mark().count()).toBe(0);
	expect(await purpose.count()).toBe(1);
	await purpose.click();
	await panel().waitFor();
});

it('marks in Clients who is slowed on purpose, and counts nobody as behind', async () => {
	await open('#clients');
	const other = await context.newPage();
	await other.goto(`${hub.url}/#tape`);
	await other.evaluate(() => void new EventSource('/api/v1/stream?namespace=/ws'));
	await put({ slow_share: 1, slow_rate: 2 });
	const row = page.getByRole('row').filter({ hasText: 'slowed on purpose: 2/s' });
	await row.first().waitFor();
	await hub.publish(...Array.from({ length: 50 }, (_, data) => ({ namespace: '/ws', event: 'tick', data })));
	const waiting = async () => ((await (await fetch(`${hub.url}/api/v1/clients`)).json()) as ClientList).clients.map((c) => [c.lag_ms > 300, c.standing]);
	await expect.poll(waiting).toEqual([[true, 'keeping']]);
	await row.first().click();
	await page.getByRole('link', { name: 'Slowed on purpose: a fault gives it 2 messages a second at most.' }).waitFor();
});

it('says on every screen which faults are on, and leads to them', async () => {
	await open('#live');
	await page.getByRole('main').waitFor();
	await put({ drop: 1 });
	for (const screen of ['live', 'timing', 'clients', 'tape', 'compose']) {
		await page.goto(`${hub.url}/#${screen}`);
		await mark().waitFor();
	}
	expect(await mark().textContent()).toMatch(/Faults on in \/ws\s*· \d:\d\d left/);
	await mark().click();
	await panel().waitFor();
	await fetch(`${hub.url}/api/v1/faults`, { method: 'DELETE' });
	await expect.poll(() => mark().count()).toBe(0);
});

it('tells a message that was dropped on purpose from one that is lost', async () => {
	await open('#live');
	await put({ drop: 1 });
	await hub.publish({ namespace: '/ws', event: 'tick', data: 1 });
	await page.getByRole('row', { name: /dropped on purpose/ }).waitFor();
	expect(await page.getByRole('row', { name: /lost/ }).count()).toBe(0);
});

it('says what is no number, and asks the hub for nothing', async () => {
	await open('#compose?panel=faults');
	await field('Drop').fill('half');
	await panel().getByText('a number from 0; a share up to 100').waitFor();
	expect(await panel().getByRole('button', { name: 'Start' }).isDisabled()).toBe(true);
	await field('Drop').fill('');
	await panel().getByRole('button', { name: 'Start' }).click();
	await panel().getByRole('alert').getByText('No fault is chosen').waitFor();
});

for (const colorScheme of ['dark', 'light'] as const) {
	for (const [name, viewport] of [['wide', { width: 1440, height: 900 }], ['phone', { width: 390, height: 844 }]] as const) {
		it(`can be read and used by all, ${colorScheme}, ${name}`, async () => {
			await put({ delay: '200ms', jitter: '50ms', drop: 0.05 });
			await open('#compose?panel=faults', { colorScheme, viewport });
			await panel().getByRole('group', { name: 'Faults on in /ws' }).waitFor();
			expect(await violations()).toEqual([]);
			expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
			await show(page, `faults-${colorScheme}-${name}`);
		});
	}
}
