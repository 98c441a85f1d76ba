import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Recording, RecordingList } from '$lib/wire';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** Whoever may publish, or save something, writes HTML wherever a text goes; nobody who looks runs it. */
const image = '<img src=x onerror=ran=1>';
const packed = '<img/src=x/onerror=ran=1>'; // in a namespace there are no spaces
const script = '</script><script>ran=1</script><svg onload=ran=1><a href="javascript:ran=1">x</a>';

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
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	page.on('pageerror', (error) => complaints.push(String(error)));
	page.on('dialog', (dialog) => {
		complaints.push(`dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('console', (line) => line.text().startsWith('policy') && complaints.push(line.text()));
	await page.addInitScript(() => {
		addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
	});
});
afterEach(async () => {
	await context.close();
	await hub.remove();
});

async function ask<Answer>(method: string, path: string, body: object): Promise<Answer> {
	const answer = await fetch(hub.url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	const text = await answer.text();
	return (text ? JSON.parse(text) : null) as Answer;
}

const soon = { timeout: 10_000 };
const recording = '/api/v1/recordings/hostile';

/** Puts it in every place that there is, and records it. */
async function fill(): Promise<void> {
	const namespace = `/${packed}`;
	const here = encodeURIComponent(image);
	await ask('POST', '/api/v1/recordings', { name: 'hostile' });
	await hub.publish(
		...[image, script, 'javascript:ran=1'].flatMap((text) => [
			{ namespace, event: text, data: text, rooms: [text] },
			{ namespace, event: text, data: { [text]: text, n: 1, list: [text] } },
			{ namespace, event: 'inside', data: JSON.stringify({ [text]: [text] }) },
		]),
	);
	await expect.poll(async () => ((await (await fetch(`${hub.url}/api/v1/recordings`)).json()) as RecordingList).recordings[0]?.messages, soon).toBe(9);
	const { began } = await ask<Recording>('POST', `${recording}/stop`, {});
	await ask('POST', `${recording}/bookmarks`, { time: began, note: image });
	await hub.saveQuery(image, `"${script.slice(0, 20)}" OR inside`);
	await ask('PUT', `/api/v1/boards/${here}`, { x: 'server', span: '1m', charts: [{ name: image, scale: 'auto', series: [{ name: image, query: `ns:${namespace}`, pointer: '/n', colour: 1 }] }] });
	await ask('PUT', `/api/v1/drafts/${here}`, { namespace, event: image, data: JSON.stringify(image), rooms: [image] });
	await ask('PUT', `/api/v1/rules/${here}`, { namespace, event: image, reply: image, data: JSON.stringify({ [image]: image }) });
	await ask('PUT', `/api/v1/simulators/${here}`, { feed: 'counter', namespace, event: image, rooms: [image] });
	await ask('PUT', `/api/v1/alerts/${here}`, { when: 'silence', namespace, event: `${image} ${image}`, limit: 1, hold: '0s' });
	await ask('POST', '/api/v1/keys', { name: image, scopes: 'view' });
}

/** Fails where any of it became more than text. */
async function expectText(where: string): Promise<void> {
	const made = await page.evaluate(() => [
		(globalThis as { ran?: number }).ran,
		document.querySelectorAll('img[src="x"], [onerror], [onload], a[href^="javascript"]').length,
		[...document.scripts].filter((s) => s.type !== 'application/json' && s.textContent.includes('ran=1')).length,
	]);
	expect([where, ...made, ...complaints]).toEqual([where, undefined, 0, 0]);
}

const seen = async () => (await page.locator('body').innerText()).includes('<img');

it('shows as text, on every screen and behind every button, what others wrote as HTML', { timeout: 240_000 }, async () => {
	await fill();
	const client = await context.newPage(); // one with such a name
	await client.goto(`${hub.url}/demo`);
	await client.evaluate(
		([url, name]) =>
			new Promise<void>((resolve) => {
				const socket = new WebSocket(`${url}/websocket?name=${encodeURIComponent(name)}`);
				socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', namespace: '/ws', rooms: [name] }));
				socket.onmessage = () => resolve();
			}),
		[hub.url.replace('http', 'ws'), image] as const,
	);
	const shown: string[] = [];
	const leaveAlone = /\b(delete|remove|clear|forget|stop|start|run|send|quit|shut|share|record|replay|disconnect|copy|save|export|make|key)\b/i; // what does more than show
	for (const screen of ['live', 'timing', 'clients', 'tape?rec=hostile', 'compose']) {
		const go = async () => {
			await page.goto('about:blank');
			await page.goto(`${hub.url}/#${screen}`);
			await page.locator('main').waitFor();
			await expect.poll(seen, soon).toBe(true);
		};
		await go();
		await expectText(screen);
		const names = await page.locator('button:visible').evaluateAll((all) => all.map((b) => b.getAttribute('aria-label') ?? b.textContent.trim()));
		let opened = 0;
		for (const [i, name] of names.entries()) {
			if (leaveAlone.test(name)) continue;
			const button = page.locator('button:visible').nth(i);
			if ((await button.count()) === 0) continue;
			await button.evaluate((b) => (b as HTMLButtonElement).click());
			await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
			opened++;
			if (await seen()) shown.push(`${screen} ${name}`);
			await expectText(`${screen}: ${name}`);
			await page.keyboard.press('Escape');
			if (!page.url().includes(`#${screen.split('?')[0]}`)) await go();
		}
		expect(opened).toBeGreaterThan(3);
	}
	for (const [hash, opens] of [
		['live', () => page.keyboard.press('j')],
		['live', () => page.getByRole('button', { name: /Alert/ }).first().click()],
		['live', () => page.keyboard.press('Control+k')],
		['compose', () => page.getByRole('radio', { name: 'Traffic' }).check({ force: true })],
		['clients', () => page.getByRole('row').nth(1).click()],
	] as const) {
		await page.goto('about:blank');
		await page.goto(`${hub.url}/#${hash}`);
		await page.locator('main').waitFor();
		await opens();
		await expect.poll(seen, soon).toBe(true);
		await expectText(`${hash}, opened`);
	}
	expect(shown.length).toBeGreaterThan(20);
});

it('shows in an exported page as text what others wrote as HTML', { timeout: 60_000 }, async () => {
	await fill();
	const folder = await mkdtemp(join(tmpdir(), 'emitscope-page-'));
	try {
		const file = join(folder, 'hostile.html');
		await writeFile(file, await (await fetch(`${hub.url}${recording}/export?format=html`)).text());
		await page.goto(pathToFileURL(file).href);
		await expect.poll(seen, soon).toBe(true);
		await expectText('the page');
		for (let i = 0; i < 9; i++) {
			await page.keyboard.press('j');
			await expectText(`message ${i}`);
		}
		await page.keyboard.press('/');
		await page.keyboard.type('<img');
		await expect.poll(seen, soon).toBe(true);
		await expectText('what is found');
		// Its own policy, not only its care: what is put into it runs nothing.
		await page.evaluate(() => document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=ran=1>'));
		await expect.poll(() => complaints.join(' '), soon).toContain('policy');
		expect(await page.evaluate(() => (globalThis as { ran?: number }).ran)).toBeUndefined();
	} finally {
		await rm(folder, { recursive: true });
	}
});
