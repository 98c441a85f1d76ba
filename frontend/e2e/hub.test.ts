import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** The page as the real program serves it, with real messages. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let complaints: string[];
let strangers: string[];

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub();
	await hub.start();
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	strangers = [];
	onComplaint(page, (text) => complaints.push(text));
	page.on('request', (request) => {
		if (new URL(request.url()).host !== new URL(hub.url).host) strangers.push(request.url());
	});
	await page.goto(hub.url);
});
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
	expect(strangers).toEqual([]);
});

const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const pill = () => page.locator('button.state');
const reading = (label: string) => page.locator('footer .reading', { hasText: label }).locator('.value');
const has = (program: string, flag = '--version') => spawnSync(program, [flag]).status === 0;
const tick = (n: number) => ({ namespace: '/ws/rt_market', event: 'tick', data: { n, price: 231.42 } });

/** The code of the empty page under a tab. */
async function snippet(title: string, tab: string): Promise<string> {
	const section = page.locator('section', { has: page.getByRole('heading', { name: title }) });
	await section.getByText(tab, { exact: true }).click();
	return (await section.locator('pre').textContent()) ?? '';
}

/** Runs code as a person would who pasted it into a file or a terminal. */
async function paste(name: string, command: string[], code: string): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'emitscope-paste-'));
	try {
		await writeFile(join(folder, name), code);
		const [program = '', ...args] = command;
		const done = spawn(program, [...args, name], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
		let complaint = '';
		done.stderr.on('data', (chunk) => (complaint += String(chunk)));
		const code_ = await new Promise((resolve) => done.once('exit', resolve));
		expect(code_, complaint).toBe(0);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

it.for([
	{ tab: 'curl', name: 'send.sh', command: ['bash', '-e'], there: has('curl') },
	{ tab: 'Python', name: 'send.py', command: ['python3'], there: has('python3') },
	{ tab: 'JavaScript', name: 'send.js', command: [process.execPath], there: true },
	{ tab: 'Go', name: 'send.go', command: ['go', 'run'], there: has('go', 'version') },
])('$tab code from the empty page sends the first message when pasted', async ({ tab, name, command, there }, { skip }) => {
	if (!there) skip();
	await page.getByText('Nothing has been sent yet.').waitFor();
	await paste(name, command, await snippet('Send the first message', tab));
	await expect.poll(() => rows().count(), { timeout: 10_000 }).toBe(1);
	expect(await rows().first().textContent()).toMatch(/tick\s*\/ws\/rt_market.*symbol:"AAPL", price:231\.42/s);
});

it('WebSocket code from the empty page receives when pasted into the console', async () => {
	const code = await snippet('See it arrive somewhere else', 'WebSocket');
	const line = page.waitForEvent('console', (said) => said.text().includes('231.42'));
	const subscribed = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framesent'));
	const session = await context.newCDPSession(page);
	await session.send('Runtime.evaluate', { expression: code });
	await subscribed;
	await expect
		.poll(async () => {
			await hub.publish(tick(1)); // until the hub has read the subscription
			return Promise.race([line.then(() => true), new Promise((resolve) => setTimeout(resolve, 50, false))]);
		})
		.toBe(true);
});

it.runIf(has('curl'))('the terminal line from the empty page shows what is emitted', async () => {
	const watcher = spawn('bash', ['-c', `exec ${await snippet('See it arrive somewhere else', 'Terminal')}`], { stdio: ['ignore', 'pipe', 'ignore'] });
	let seen = '';
	watcher.stdout.on('data', (chunk) => (seen += String(chunk)));
	await expect
		.poll(async () => {
			await hub.publish(tick(1)); // until the stream is open
			return seen;
		})
		.toContain('231.42');
	const ended = new Promise((resolve) => watcher.once('exit', resolve));
	watcher.kill();
	await ended;
});

it('shows a paced lane with its messages, its readings and a whole message', async () => {
	await hub.patchLane('/ws/rt_market', { interval: '10ms' });
	await hub.publish(...Array.from({ length: 200 }, (_, i) => tick(i)));
	await expect.poll(() => rows().first().textContent(), { timeout: 10_000 }).toContain('n:199');
	await expect.poll(() => page.locator('aside').textContent()).toMatch(/\/ws\/rt_market\s*10 ms/);
	await expect.poll(() => reading('p99 lateness').textContent()).toMatch(/[\d.]+\s*(µs|ms|s)/);
	await expect.poll(() => reading('Queued').textContent()).toMatch(/^0\s*of 5,000/); // readings change less often than rows
	await page.keyboard.press('j');
	const panel = page.getByRole('region', { name: 'Message' });
	await panel.getByText('Four times').waitFor();
	expect(await panel.textContent()).toMatch(/accepted.*due.*emitted.*price:.231\.42/s);
});

it('shows what was there before it was opened', async () => {
	await hub.publish(tick(1), tick(2), tick(3));
	await page.reload();
	await expect.poll(() => rows().count()).toBe(3);
	expect(await rows().first().textContent()).toContain('n:3');
});

it('lists one stream only', async () => {
	await hub.publish(tick(1), { namespace: '/ws', event: 'other', data: 1 });
	await page.getByRole('button', { name: /^other/ }).click();
	await expect.poll(() => rows().count()).toBe(1);
	await hub.publish(tick(2), { namespace: '/ws', event: 'other', data: 2 });
	await expect.poll(() => rows().allTextContents()).toEqual([expect.stringContaining('other'), expect.stringContaining('other')]);
	await page.keyboard.press('Escape');
	await expect.poll(() => rows().count()).toBe(4);
});

it.for(['SIGTERM', 'SIGKILL'] as const)('comes back by itself after the hub was ended by %s', async (how) => {
	await hub.publish(tick(1));
	await expect.poll(() => rows().count()).toBe(1);
	await hub.stop(how);
	await expect.poll(() => pill().textContent(), { timeout: 10_000 }).toMatch(how === 'SIGTERM' ? /The hub was stopped/ : /Not connected/);
	expect(await rows().count()).toBe(1);
	await hub.start();
	await expect.poll(() => pill().textContent(), { timeout: 10_000 }).toContain('Live');
	await hub.publish(tick(2));
	await expect.poll(() => rows().first().textContent()).toContain('n:2');
	expect(await rows().filter({ hasText: 'Not connected for' }).count()).toBe(1);
	complaints = complaints.filter((line) => !/ERR_CONNECTION_REFUSED|WebSocket connection/.test(line)); // the browser's own lines
});
