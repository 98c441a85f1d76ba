import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** The page's address, as the real program serves it: what a link opens, and where back leads. */
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
	await hub.publish(tick(1), tick(2), { namespace: '/ws', event: 'other', data: 'x' });
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	onComplaint(page, (text) => complaints.push(text));
});
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
});

const tick = (n: number) => ({ namespace: '/ws/rt_market', event: 'tick', data: { n } });
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const hash = () => page.evaluate(() => location.hash);
const current = () => page.locator('nav [aria-current=page]').innerText();
const inspector = () => page.getByRole('region', { name: 'Message' });

it('opens with the query and the message of a link, and says them still after a reload', async () => {
	await page.goto(`${hub.url}/#live?q=event%3Atick&seq=2`);
	for (let i = 0; i < 2; i++) {
		await expect.poll(() => rows().count()).toBe(2);
		await inspector().getByText('Four times').waitFor();
		expect(await page.getByRole('row', { selected: true }).textContent()).toContain('n:2');
		await page.reload();
	}
});

it('says where one is, and goes back and forward over places but not over single steps', async () => {
	await page.goto(hub.url);
	await page.getByRole('button', { name: /^other/ }).click();
	await expect.poll(hash).toBe('#live?q=ns:/ws%20event:other');
	await page.keyboard.press('j');
	await expect.poll(hash).toBe('#live?q=ns:/ws%20event:other&seq=3');
	await page.keyboard.press('2');
	await expect.poll(hash).toMatch(/^#timing/);
	await page.goBack();
	await expect.poll(current).toContain('Live');
	expect(await hash()).toBe('#live?q=ns:/ws%20event:other&seq=3');
	await inspector().waitFor();
	await page.goBack();
	await expect.poll(() => rows().count()).toBe(3);
	await expect.poll(() => inspector().count()).toBe(0);
	await page.goForward();
	await expect.poll(() => rows().count()).toBe(1);
	await page.goForward();
	await expect.poll(current).toContain('Timing');
});

it('opens what was highlighted and what was muted', async () => {
	await page.goto(`${hub.url}/#live?q=event:tick&mode=highlight&mute=/ws%20other`);
	await expect.poll(() => rows().count()).toBe(2);
	await page.getByText('Highlight', { exact: true }).first().waitFor();
	expect(await page.getByRole('radio', { name: 'Highlight' }).isChecked()).toBe(true);
	await expect.poll(hash).toBe('#live?q=event:tick&mode=highlight&mute=/ws%20other');
});

it('opens the plots of a link, keeps them beside other messages, and says them', async () => {
	const series = [{ query: 'event:tick', pointer: '/n', name: 'n', colour: 1 }];
	const kept = await fetch(`${hub.url}/api/v1/boards/Two%20ticks`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ x: 'server', span: '1m', charts: [{ name: 'Count', scale: 'auto', series }] }) });
	expect(kept.ok).toBe(true);
	await page.goto(`${hub.url}/#live?board=Two%20ticks`);
	await page.getByRole('region', { name: 'Chart Count' }).waitFor();
	await page.evaluate(() => (location.hash = '#live?q=event:other'));
	await expect.poll(hash).toBe('#live?q=event:other&board=Two%20ticks');
	expect(await page.getByRole('region', { name: 'Chart Count' }).count()).toBe(1);
});

it('opens a lane and a span of time, and has them in the tab of their screen', async () => {
	await page.goto(`${hub.url}/#timing?lane=/ws&span=10m`);
	await expect.poll(() => page.getByRole('radio', { name: '/ws', exact: true }).isChecked()).toBe(true);
	expect(await page.locator('input[value="10m"]').isChecked()).toBe(true);
	await page.keyboard.press('1');
	await expect.poll(current).toContain('Live');
	expect(await page.getByRole('link', { name: 'Timing' }).getAttribute('href')).toBe('#timing?lane=/ws&span=10m');
	expect(await page.title()).toBe('Live · Emitscope');
});

it.for(['#live?q=(event#live?q=size:3&seq=1seq=1', '#live?q=event%3Atick&seq=77', '#nowhere?x=1', '#live?seq=-1&seq=%00&q='])('is as useful as ever after a link with mistakes in it, %s', async (link) => {
	await page.goto(hub.url + '/' + link);
	await rows().nth(1).waitFor();
	await page.getByText('Live').first().waitFor();
	await page.keyboard.press('2');
	await expect.poll(current).toContain('Timing');
	complaints = complaints.filter((line) => !/40[04]/.test(line)); // the browser's own lines
});

it('opens what a view link shows, on any machine, and leaves no key behind', async () => {
	await page.goto(`${hub.url}/#k=nobodysKey&timing?lane=/ws`);
	await expect.poll(hash).toBe('#timing?lane=/ws');
	await expect.poll(() => page.getByRole('radio', { name: '/ws', exact: true }).isChecked()).toBe(true);
	complaints = complaints.filter((line) => !line.includes('401')); // the browser's own line
});
