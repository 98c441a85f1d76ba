import { AxeBuilder } from '@axe-core/playwright';
import { spawnSync } from 'node:child_process';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** What a person does on Live, with the real program behind it. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let complaints: string[];

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
});

async function open(how: BrowserContextOptions = {}): Promise<void> {
	hub = new RealHub();
	await hub.start();
	context = await browser.newContext({
		viewport: { width: 1440, height: 900 },
		locale: 'en-US',
		permissions: ['clipboard-read', 'clipboard-write'],
		bypassCSP: true, // for axe
		...how,
	});
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (line) => {
		if (line.type() === 'error' || line.type() === 'warning') complaints.push(line.text());
	});
	await page.goto(hub.url);
}

const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const panel = () => page.getByRole('region', { name: 'Message' });
const tick = (data: unknown) => ({ namespace: '/ws/rt_market', event: 'tick', data });

/** Selects the newest message, once there are so many. */
async function selectNewest(of: number): Promise<void> {
	await expect.poll(() => rows().count()).toBe(of);
	await page.keyboard.press('j');
	await panel().getByText('Four times').waitFor();
}

async function axe(): Promise<string[]> {
	const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
	return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`);
}

it('tells what has changed since the message before, and D hides it', async () => {
	await open();
	await hub.publish(tick({ price: 231.43, size: 800, gone: 1 }), { namespace: '/ws', event: 'other', data: 1 }, tick({ price: 231.42, size: 800, venue: 'XNAS' }));
	await selectNewest(3);
	const section = panel().locator('section', { hasText: 'Changed since' });
	expect((await section.innerText()).split(/\s+/).join(' ')).toMatch(/Changed since #\d+ 3 of 4 price 231\.43 .*231\.42 −0\.01 venue added "XNAS" gone removed 1/);
	await page.keyboard.press('d');
	await expect.poll(() => section.count()).toBe(0);
	await page.reload();
	await selectNewest(3);
	expect(await section.count()).toBe(0); // remembered
	await page.keyboard.press('d');
	await section.waitFor();
});

it('compares with a pinned message', async () => {
	await open();
	await hub.publish(tick({ n: 1 }), tick({ n: 5 }), tick({ n: 7 }));
	await selectNewest(3);
	await page.getByRole('button', { name: /^Pin/ }).click();
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await panel().getByText(/since #\d+, pinned/).waitFor();
	await panel().getByText('−6').waitFor();
	await page.getByRole('button', { name: 'Take the pin off' }).click();
	await panel().getByText('The hub keeps no earlier message of this stream.').waitFor();
});

it('copies a program that sends the message again to its last digit, and C copies the same way', async () => {
	await open();
	await hub.publish({ event: 'small', data: { n: 1 } });
	await fetch(`${hub.url}/api/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"event":"big","data":{"n":12345678901234567890,"s":"it's \\"\\\\n\\""}}` });
	await selectNewest(2);
	await page.getByRole('button', { name: /^Copy this message/ }).click();
	await page.getByRole('menuitemradio', { name: /^curl/ }).click();
	const copied = () => page.evaluate(() => navigator.clipboard.readText());
	await expect.poll(copied).toContain('12345678901234567890');
	const done = spawnSync('bash', ['-c', `${await copied()} -s`]);
	expect(String(done.stdout), String(done.stderr)).toContain('"accepted":1');
	await expect.poll(() => rows().first().innerText()).toMatch(/big[\s\S]*n:12345678901234567890/);
	await page.evaluate(() => navigator.clipboard.writeText(''));
	await page.keyboard.press('c');
	await expect.poll(copied).toContain('12345678901234567890');
	await page.getByRole('button', { name: /copied|^Copy this/ }).press('Enter');
	await page.keyboard.press('Home'); // the first choice of the menu, and not the list's newest row
	await page.keyboard.press('Enter');
	await expect.poll(copied).toBe(`{"n":12345678901234567890,"s":"it's \\"\\\\n\\""}`);
});

it('sends a message again', async () => {
	await open();
	await hub.publish(tick({ n: 1 }));
	await selectNewest(1);
	await page.getByRole('button', { name: 'Send this message again' }).click();
	await panel().getByText(/^Sent again as #\d+/).waitFor();
	await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('2');
	await page.keyboard.press('Home');
	await expect.poll(() => rows().count()).toBe(2);
});

it('shows binary parts as bytes', async () => {
	await open();
	await page.addScriptTag({ url: '/socket.io/socket.io.js' });
	await page.evaluate(
		(url) =>
			new Promise<void>((said) => {
				const { io } = window as unknown as { io: (url: string) => { emit: (event: string, data: unknown, ack: () => void) => void } };
				io(`${url}/ws`).emit('photo', { bytes: new TextEncoder().encode('Hello\u0000') }, said);
			}),
		hub.url,
	);
	await selectNewest(1);
	await panel().getByText('Hex', { exact: true }).click();
	await panel().getByText('48 65 6c 6c 6f 00').waitFor();
	expect(await page.getByRole('button', { name: /cannot be sent again/ }).isDisabled()).toBe(true);
});

it('folds what a payload holds, and keeps it folded from one message to the next', async () => {
	await open();
	await hub.publish(tick({ a: { deep: 1 }, b: 2 }), tick({ a: { deep: 3 }, b: 4 }));
	await selectNewest(2);
	await page.getByRole('button', { name: 'Fold a' }).click();
	await expect.poll(() => panel().getByText('deep:').count()).toBe(0);
	await page.keyboard.press('j');
	await panel().getByText('2', { exact: true }).waitFor();
	expect(await panel().getByText('deep:').count()).toBe(0);
});

it('has room for a source that is years behind', async () => {
	await open();
	await hub.publish({ ...tick(1), source_time: '2019-03-04T09:02:07Z' });
	await selectNewest(1);
	await panel().getByText('2019-03-04').waitFor();
	expect(await panel().evaluate((p) => p.scrollWidth <= p.clientWidth)).toBe(true);
});

it.for(['dark', 'light'] as const)('has nothing that axe objects to with a message open, %s', async (colorScheme) => {
	await open({ colorScheme });
	await hub.publish(tick({ a: [1, { b: 'x' }], price: 1 }), tick({ a: [1], price: 2 }));
	await selectNewest(2);
	await page.getByText('Changed since').waitFor();
	await page.getByRole('button', { name: /^Pin/ }).click();
	await page.getByRole('button', { name: 'Send this message again' }).click();
	await page.getByText(/^Sent again/).waitFor();
	await page.getByRole('button', { name: /^Copy this message/ }).click();
	await page.getByRole('menu').waitFor();
	expect(await axe()).toEqual([]);
});
