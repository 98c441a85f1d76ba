import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspect, startBrowser } from './browser';
import { RealHub } from './hub';

/** The page at /api/v1/docs, as the hub serves it, and whether what it says is so. */
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

interface Options {
	colorScheme?: 'dark' | 'light';
	width?: number;
	bypassCSP?: boolean;
}

/** Opens the page; complaints are its errors, and whatever it asks of other hosts. */
async function open({ colorScheme = 'dark', width = 1440, bypassCSP = false }: Options = {}) {
	const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP });
	const page = await context.newPage();
	page.setDefaultTimeout(10_000);
	const complaints: string[] = [];
	const said: string[] = [];
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('console', (line) => (line.type() === 'error' ? complaints : said).push(line.text()));
	page.on('request', (request) => {
		if (new URL(request.url()).host !== new URL(hub.url).host) complaints.push(`asked ${request.url()}`);
	});
	await page.goto(`${hub.url}/api/v1/docs`);
	await page.getByRole('heading', { name: 'Hand messages in' }).waitFor();
	return { page, complaints, said };
}

const close = (page: Page) => page.context().close();

it('shows operations, fields and sockets with nothing from elsewhere', async () => {
	const { page, complaints } = await open();
	const publish = page.locator('#publish');
	await publish.getByText('queue_full').waitFor();
	expect(await publish.locator('.fields').nth(1).innerText()).toContain('source_time');
	expect(await page.locator('#websocket-get').innerText()).toContain('emitted_time');
	expect(await page.evaluate(() => document.fonts.check('14px "Inter Variable"'))).toBe(true);
	expect(complaints).toEqual([]);
	await close(page);
});

it('finds by what is typed after a slash, and shows all again after Esc', async () => {
	const { page } = await open();
	await page.keyboard.press('/');
	await page.keyboard.type('idempotency BODY queue_FULL');
	await expect.poll(() => page.locator('.entry:visible').count()).toBe(1);
	expect(await page.locator('.entry:visible h3').innerText()).toBe('Hand messages in');
	expect(await page.locator('#contents a:visible').count()).toBe(1);
	await page.keyboard.press('Escape');
	await expect.poll(() => page.locator('#configureLane').isVisible()).toBe(true);
	await close(page);
});

it('asks the hub when told to try, and shows what came', async () => {
	const { page, complaints } = await open();
	await page.getByRole('button', { name: 'Try it: Counters and timing' }).click();
	await page.locator('#stats').getByText(/^200 OK · [\d.]+ ms · \d+ B$/).waitFor();
	expect(await page.locator('#stats .answer pre').innerText()).toContain('"counters": {');
	expect(complaints).toEqual([]);
	await close(page);
});

it('sends the message that was written, which is the one in the command', async () => {
	const { page } = await open();
	const publish = page.locator('#publish');
	await publish.getByLabel('Body').fill(`{"event":"from-docs","data":"it's <b>here</b>"}`);
	expect(await publish.getByRole('group', { name: 'curl' }).innerText()).toContain(`curl ${hub.url}/api/v1/messages`);
	await publish.getByRole('button', { name: 'Send' }).click();
	await publish.getByText(/^202 Accepted/).waitFor();
	const emitted = async () => (await (await fetch(`${hub.url}/api/v1/messages?q=event:from-docs`)).json()).messages;
	await expect.poll(emitted).toMatchObject([{ data: "it's <b>here</b>" }]);
	await close(page);
});

it('follows the stream until it is told to stop', async () => {
	const { page } = await open();
	const stream = page.locator('#stream');
	await stream.getByLabel('namespace').fill('/docs');
	await stream.getByRole('button', { name: 'Try it' }).click();
	await stream.getByText(/^200 OK/).waitFor();
	await hub.publish({ namespace: '/docs', event: 'tick', data: 'streamed' });
	await stream.getByText('"data":"streamed"').waitFor();
	await stream.getByRole('button', { name: 'Try it' }).click();
	await stream.getByText('Stopped.').waitFor();
	await close(page);
});

it('offers to send nothing that changes the hub but a message', async () => {
	const { page } = await open();
	for (const id of ['configureLane', 'disconnectClient', 'pingOptions']) {
		const entry = page.locator(`#${id}`);
		await entry.getByRole('group', { name: 'curl' }).waitFor();
		expect(await entry.locator('.answer').count()).toBe(0);
	}
	await close(page);
});

it.for(['socketio', 'websocket'])('the JavaScript shown for %s publishes and receives when it is run', async (id) => {
	const { page, complaints, said } = await open();
	const program = await page.locator(`#${id}-connect`).getByRole('group', { name: 'JavaScript' }).innerText();
	await page.evaluate(`(async () => { ${program} })()`);
	await expect.poll(() => said.some((line) => line.includes('ack') && line.includes('"seq":'))).toBe(true);
	await expect.poll(() => said.some((line) => line.includes('tick') && line.includes('"price":189.3'))).toBe(true);
	expect(complaints).toEqual([]);
	await close(page);
});

it('takes every frame that the document shows for WebSocket', async () => {
	const { 'x-sockets': protocols } = (await (await fetch(`${hub.url}/api/v1/openapi.json`)).json()) as {
		'x-sockets': { id: string; in: { name: string; example: object }[] }[];
	};
	const frames = protocols.find((p) => p.id === 'websocket')?.in.filter((f) => f.name !== 'auth') ?? [];
	expect(frames.length).toBe(3);
	const { page } = await open();
	const answers = await page.evaluate(
		(texts) =>
			new Promise<string[]>((resolve) => {
				const got: string[] = [];
				const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/websocket');
				socket.onopen = () => {
					for (const text of texts) socket.send(text);
					socket.send('{"type":"publish","id":99,"event":"end"}'); // its ack comes after all other answers
				};
				socket.onmessage = ({ data }) => {
					const { type, id } = JSON.parse(data);
					if (type !== 'event') got.push(type);
					if (id === 99) resolve(got);
				};
			}),
		frames.map((f) => JSON.stringify(f.example)),
	);
	expect(answers).toEqual(['subscribed', 'ack', 'ack']);
	await close(page);
});

it('wears the theme that the interface remembers', async () => {
	const { page } = await open({ colorScheme: 'dark' });
	const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
	expect(await ground()).toBe('rgb(15, 18, 18)');
	await page.evaluate(() => localStorage.setItem('emitscope.theme', 'light'));
	await page.reload();
	expect(await ground()).toBe('rgb(246, 245, 241)');
	await close(page);
});

// Half a minute each, for the page is long: colours do not depend on the width, nor what is beside what on the theme.
it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 390 },
] as const)('has nothing axe objects to and never scrolls sideways, $colorScheme, $width px wide', { timeout: 120_000 }, async ({ colorScheme, width }) => {
	const { page } = await open({ colorScheme, width, bypassCSP: true });
	await page.getByRole('button', { name: 'Try it: Counters and timing' }).click();
	await page.locator('#stats').getByText(/^200 OK/).waitFor();
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	await close(page);
});
