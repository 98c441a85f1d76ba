import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { inspect, startBrowser } from './browser';
import { RealHub } from './hub';

/** Queries, asked of a real hub: what it selects, what it refuses, and what the page offers of what it has seen. */
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
	await hub.publish(
		...[251.5, 189.3, 260].map((price) => ({ namespace: '/q', event: 'tick', data: { symbol: price > 250 ? 'AAPL' : 'NVDA', price } })),
		{ namespace: '/q', event: 'tick', data: JSON.stringify({ symbol: 'AAPL', price: 300 }) },
		{ namespace: '/q', event: 'note', data: 'nothing to see' },
	);
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', bypassCSP: true });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	await page.goto(hub.url);
	await expect.poll(() => rows().count()).toBe(5);
});
afterEach(async () => {
	await context.close();
	await hub.remove();
});

const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const box = () => page.getByRole('combobox', { name: 'Query' });
const offers = () => page.getByRole('listbox', { name: 'Known terms' }).getByRole('option');

async function ask(query: string): Promise<void> {
	await box().fill(query);
	await page.keyboard.press('Enter');
}

it('finds messages by a value in their payload, also in JSON inside a string', async () => {
	await ask('data.price>250 data.symbol:AAPL');
	await expect.poll(() => rows().count()).toBe(3);
	await page.getByRole('button', { name: 'Remove data.symbol:AAPL' }).click();
	await ask('-260 -300');
	await expect.poll(() => rows().count()).toBe(1);
	await hub.publish({ namespace: '/q', event: 'tick', data: { price: 250.5 } }, { namespace: '/q', event: 'tick', data: { price: 1 } });
	await expect.poll(() => rows().count()).toBe(2);
	await page.getByText('1 of 2', { exact: true }).waitFor();
});

it('says what is wrong with a query and leaves the list as it was', async () => {
	await ask('event:tick sice>5');
	await page.getByRole('alert').getByText('unknown field "sice"').waitFor();
	await page.getByText('did you mean size?').waitFor();
	expect(await rows().count()).toBeGreaterThan(1);
	expect(await page.getByRole('button', { name: /^Remove/ }).count()).toBe(0);
});

it.for(['dark', 'light'] as const)('offers paths and values that were seen, in a %s page', async (colorScheme) => {
	await page.emulateMedia({ colorScheme });
	await hub.publish({ namespace: '/q', event: 'tick', data: { symbol: 'TSLA', price: 7 } });
	await box().fill('data.s');
	await expect.poll(() => offers().allTextContents()).toEqual([expect.stringContaining('data.symbol:')]);
	const { violations } = await inspect(page).include('[role="search"]').analyze();
	expect(violations.map((v) => v.id)).toEqual([]);
	await page.keyboard.press('Tab');
	expect(await box().inputValue()).toBe('data.symbol:');
	await expect.poll(() => offers().allTextContents()).toContainEqual(expect.stringContaining('data.symbol:TSLA'));
	await offers().filter({ hasText: 'data.symbol:TSLA' }).click();
	await page.getByRole('button', { name: 'Remove data.symbol:TSLA' }).waitFor();
});

it('completes the word at the caret, and leaves what stands around it', async () => {
	const caret = () => box().evaluate((input: HTMLInputElement) => input.selectionStart);
	await box().fill('(ev OR size>9000)');
	await page.keyboard.press('Home');
	for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
	await expect.poll(() => offers().allTextContents()).toContainEqual(expect.stringContaining('event:note'));
	await offers().filter({ hasText: 'event:note' }).click();
	expect(await box().inputValue()).toBe('(event:note OR size>9000)');
	await expect.poll(caret).toBe('(event:note'.length);
	for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
	await offers().filter({ hasText: 'event:note' }).waitFor({ state: 'hidden' }); // it is there already
	await page.keyboard.press('Enter');
	await expect.poll(() => rows().count()).toBe(1);
});
