import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { MessagePage } from '$lib/wire';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** What is selected on Timing is what Live lists, against a real hub. */
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
	await hub.patchLane('/ws/rt_market', { interval: '50ms' });
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	await page.goto(`${hub.url}/#timing`);
	await cursor().waitFor();
	await page.getByRole('textbox', { name: /^Time from/ }).waitFor();
});
afterEach(async () => {
	await context.close();
	await hub.remove();
});

const cursor = () => page.getByRole('slider', { name: /^Cursor/ });
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });

/** Sends messages in a lane of 50 ms, and waits until all were emitted. */
async function emit(n: number): Promise<void> {
	await hub.publish(...Array.from({ length: n }, (_, i) => ({ namespace: '/ws/rt_market', event: 'tick', data: { n: i } })));
	await expect
		.poll(async () => {
			const answer = await fetch(`${hub.url}/api/v1/messages?limit=100`);
			return ((await answer.json()) as MessagePage).messages.filter((m) => m.outcome === 'emitted').length;
		}, { timeout: 10_000 })
		.toBe(n);
	await page.getByText(new RegExp(`of ${n}$`)).first().waitFor();
}

it('lists the one message at the cursor, and marks it', async () => {
	await emit(20);
	await cursor().focus();
	for (let i = 0; i < 5; i++) await cursor().press('ArrowLeft');
	await cursor().press('Enter');
	await expect.poll(() => rows().allTextContents()).toEqual([expect.stringContaining('n:15')]);
	await rows().getByText('nearest to the cursor').waitFor();
});

it('lists all messages of a span that was marked by keyboard, and only those', async () => {
	await emit(20);
	await cursor().focus();
	await cursor().press('ArrowLeft');
	await cursor().press('Shift+Enter');
	for (let i = 0; i < 4; i++) await cursor().press('ArrowLeft');
	await cursor().press('Shift+Enter');
	await page.getByRole('button', { name: 'Show these messages' }).click();
	await expect.poll(() => rows().allTextContents()).toEqual([19, 18, 17, 16, 15].map((n) => expect.stringContaining(`n:${n}`)));
});

it('saves the messages of a span as lines of JSON', async () => {
	await emit(20);
	await cursor().focus();
	await cursor().press('ArrowLeft');
	await cursor().press('Shift+Enter');
	for (let i = 0; i < 2; i++) await cursor().press('ArrowLeft');
	await cursor().press('Shift+Enter');
	const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
	expect(file.suggestedFilename()).toMatch(/\.ndjson$/);
	const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
	expect(lines.map((line) => (JSON.parse(line) as { data: object }).data)).toEqual([{ n: 17 }, { n: 18 }, { n: 19 }]);
});

it('marks the row nearest to the cursor when Live is shown, until Esc', async () => {
	await emit(20);
	await cursor().focus();
	for (let i = 0; i < 3; i++) await cursor().press('ArrowLeft');
	await page.keyboard.press('1');
	const marked = rows().filter({ hasText: 'nearest to the cursor' });
	await expect.poll(() => marked.allTextContents()).toEqual([expect.stringContaining('n:17')]);
	await page.keyboard.press('Escape');
	await expect.poll(() => marked.count()).toBe(0);
});
