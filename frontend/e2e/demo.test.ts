import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** The example page (examples/browser) as the hub serves it at /demo. */
let browser: Browser;
let hub: RealHub;

beforeAll(async () => {
	browser = await startBrowser();
	hub = new RealHub();
	await hub.start();
});
afterAll(async () => {
	await browser.close();
	await hub.remove();
});

/** Opens the page and waits until it is connected. */
async function open(tab: 'Socket.IO' | 'WebSocket') {
	const page = await browser.newPage();
	page.setDefaultTimeout(10_000);
	const complaints: string[] = [];
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (line) => {
		if (line.type() === 'error') complaints.push(line.text());
	});
	page.on('request', (request) => {
		if (new URL(request.url()).host !== new URL(hub.url).host) complaints.push(`asked ${request.url()}`);
	});
	await page.goto(`${hub.url}/demo`);
	await page.getByRole('tab', { name: tab }).click();
	await page.getByRole('status').filter({ hasText: /^connected by / }).waitFor();
	return { page, row: (text: string) => page.locator('#rows tr', { hasText: text }).first().waitFor(), complaints };
}

it('shows by Socket.IO what is published, and what /ws answers, with no internet', async () => {
	const { page, row, complaints } = await open('Socket.IO');
	await hub.publish({ namespace: '/ws/rt_market', event: 'tick', data: { by: 'Socket.IO', html: '<b>' } });
	await row('{"by":"Socket.IO","html":"<b>"}');
	await page.getByRole('button', { name: 'Send' }).click();
	await row('{"result":"OK"}');
	expect(complaints).toEqual([]);
	await page.close();
});

it('shows by native WebSocket what is published, and the ack of what it publishes', async () => {
	const { page, row, complaints } = await open('WebSocket');
	// Whatever was published before the subscription is in force is not missed: it asks for the last ones too.
	await hub.publish({ namespace: '/ws/rt_market', event: 'tick', data: { by: 'WebSocket' } });
	await row('{"by":"WebSocket"}');
	await page.getByRole('button', { name: 'Send' }).click();
	await row('"type":"ack"');
	await row('{"hello":"hub"}');
	expect(complaints).toEqual([]);
	await page.close();
});
