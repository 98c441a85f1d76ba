import { createSocket } from 'node:dgram';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { About } from '$lib/wire';
import { inspect, startBrowser } from './browser';
import { RealHub } from './hub';

/** What comes by datagrams, from a socket to the screen. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;

const soon = { timeout: 20_000 }; // what is shown is asked for each 5 s

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub(['--udp', '127.0.0.1:0']);
	await hub.start();
});
afterEach(async () => {
	await context.close();
	await hub.remove();
});

async function open(how: BrowserContextOptions = {}, hash = ''): Promise<void> {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', bypassCSP: true, ...how });
	page = await context.newPage();
	page.setDefaultTimeout(soon.timeout);
	await page.goto(`${hub.url}/${hash}`);
}

/** Sends a datagram to the hub. */
async function send(text: string): Promise<void> {
	const about = (await (await fetch(`${hub.url}/api/v1/about`)).json()) as About;
	const [host = '', port = ''] = about.udp?.addr.split(':') ?? [];
	const socket = createSocket('udp4');
	await new Promise<void>((sent, failed) => socket.send(text, Number(port), host, (error) => (error ? failed(error) : sent())));
	socket.close();
}

const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const settings = () => page.getByRole('dialog', { name: 'Settings' });

async function openData(): Promise<void> {
	await page.getByRole('button', { name: 'Settings' }).click();
	await settings().getByText('Data', { exact: true }).click();
}

it('shows a datagram’s lines as messages, and finds them by where they came from', async () => {
	await hub.publish({ namespace: '/udp', event: 'other', data: 1 });
	await send('temp:23.4§°C\nhumidity:40\n');
	await open({}, '#live?q=source%3Audp');
	await expect.poll(() => rows().count(), soon).toBe(2);
	expect(await rows().allTextContents()).toEqual([expect.stringContaining('humidity'), expect.stringContaining('temp')]);
	await rows().last().click();
	await page.getByText('udp · 127.0.0.1').waitFor();
});

it('says where datagrams are taken, and what became of them', async () => {
	await open();
	await openData();
	await settings().getByText('into /udp').waitFor();
	await settings().getByText('messages: 0', { exact: true }).waitFor();
	await send('temp:23.4\nnonsense\n');
	await settings().getByText('messages: 1 · not understood: 1', { exact: true }).waitFor();
});

it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 1440 },
	{ colorScheme: 'dark', width: 390 },
] as const)('has nothing there that axe objects to, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
	await open({ colorScheme, viewport: { width, height: 900 } });
	await send('temp:23.4\nnonsense\n');
	await openData();
	await settings().getByText('messages: 1 · not understood: 1', { exact: true }).waitFor();
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join('\n')}`)).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
});
