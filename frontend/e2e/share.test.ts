import { spawnSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeyList, MessagePage, Sharing, ViewLink } from '$lib/wire';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';
import { MadeUpHub } from './madeup';
import { readQR } from './qr';
import { Traffic } from './traffic';

/** The Share dialog, as the real program serves it. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let complaints: string[];

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());

/** Without a network there is nothing to share in. */
const inNetwork = Object.values(networkInterfaces()).some((all) => all?.some((a) => !a.internal && !a.address.startsWith('fe80')));
const soon = { timeout: 10_000 };
const dialog = () => page.getByRole('dialog');
const lan = () => dialog().getByRole('switch', { name: 'Share on the LAN' });
const row = (name: string) => dialog().getByRole('row').filter({ hasText: name });
const ask = async <Answer>(path: string, how?: RequestInit) => (await (await fetch(hub.url + path, how)).json()) as Answer;
const sharing = () => ask<Sharing>('/api/v1/sharing');

function listenTo(opened: Page): void {
	complaints = [];
	opened.setDefaultTimeout(10_000);
	onComplaint(opened, (text) => complaints.push(text));
}

describe('the Share dialog', () => {
	beforeEach(async () => {
		hub = new RealHub();
		await hub.start();
	});
	afterEach(async () => {
		await context.close();
		await hub.remove();
		expect(complaints).toEqual([]);
	});

	async function open(how: BrowserContextOptions = {}) {
		context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
		page = await context.newPage();
		listenTo(page);
		await page.goto(hub.url);
		await page.getByRole('button', { name: /^Share|（S）/ }).first().waitFor();
		await page.keyboard.press('s');
		await dialog().waitFor();
	}

	async function makeKey(name: string): Promise<string> {
		await dialog().getByRole('button', { name: /New key|新建密钥/ }).click();
		await page.keyboard.type(name);
		await page.keyboard.press('Enter');
		return (await row(name).locator('code').textContent()) ?? '';
	}

	it('switches sharing, and the deck says how it is', async () => {
		await open();
		const pill = page.getByRole('contentinfo').locator('.share');
		expect(await lan().getAttribute('aria-checked')).toBe('false');
		expect(await pill.textContent()).toContain('127.0.0.1 only');
		await page.keyboard.press('Space'); // the switch has the focus
		await expect.poll(() => lan().getAttribute('aria-checked'), soon).toBe('true');
		expect((await sharing()).on).toBe(true);
		await expect.poll(() => pill.textContent(), soon).toContain('Shared on LAN');
		await dialog().getByRole('switch', { name: 'View without a key' }).click();
		await expect.poll(() => pill.textContent(), soon).toContain('Shared, open to all');
		expect((await sharing()).open_view).toBe(true);
		await lan().click();
		await expect.poll(() => pill.textContent(), soon).toContain('127.0.0.1 only');
		expect((await sharing()).on).toBe(false);
	});

	it.runIf(inNetwork)('shows a code that cameras read as the view link of the chosen address', async () => {
		await open({ deviceScaleFactor: 2, permissions: ['clipboard-read', 'clipboard-write'] });
		await lan().click();
		const { key } = await ask<ViewLink>('/api/v1/sharing/link', { method: 'POST' });
		const { addresses } = await sharing();
		for (const [i, address] of addresses.entries()) {
			await dialog().getByRole('radio').nth(i).check();
			const link = `${address.url}/#k=${key}`;
			expect(readQR(await modules(dialog().getByRole('img', { name: 'QR code of the view link' })))).toBe(link);
			await dialog().getByRole('group', { name: 'View link' }).getByRole('button').click();
			await expect.poll(() => page.evaluate(() => navigator.clipboard.readText()), soon).toBe(link);
		}
		expect(await dialog().textContent()).not.toContain(key);
	});

	it.runIf(inNetwork)('has a link to what the page shows, with the view key in it only while it is shared', async () => {
		await open({ permissions: ['clipboard-read', 'clipboard-write'] });
		await page.evaluate(() => { location.hash = '#timing?lane=/ws/rt_market&span=10m'; });
		const here = dialog().getByRole('group', { name: 'Link to this view' });
		const copied = async () => {
			await here.getByRole('button').click();
			return page.evaluate(() => navigator.clipboard.readText());
		};
		await expect.poll(copied, soon).toBe(`${hub.url}/#timing?lane=/ws/rt_market&span=10m`);
		await lan().click();
		const { key } = await ask<ViewLink>('/api/v1/sharing/link', { method: 'POST' });
		const link = `${(await sharing()).addresses[0]?.url}/#k=${key}&timing?lane=/ws/rt_market&span=10m`;
		await expect.poll(copied, soon).toBe(link);
		expect(await dialog().textContent()).not.toContain(key);
		expect(await here.textContent()).toContain('…&timing?lane=/ws/rt_market');
	});

	/** Which modules of a code are dark on the screen. */
	async function modules(code: Locator): Promise<boolean[][]> {
		const side = Number((await code.getAttribute('viewBox'))?.split(' ')[2]);
		const png = (await code.screenshot()).toString('base64');
		const reader = await context.newPage();
		const dark = await reader.evaluate(
			async ([picture, count]) => {
				const quiet = 4;
				const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
				const paper = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
				if (!paper) throw new Error('no canvas');
				paper.drawImage(bitmap, 0, 0);
				const at = (n: number) => Math.floor(((n + quiet + 0.5) / count) * bitmap.width);
				const line = Array.from({ length: count - 2 * quiet }, (_, n) => n);
				return line.map((y) => line.map((x) => (paper.getImageData(at(x), at(y), 1, 1).data[0] ?? 255) < 128));
			},
			[png, side] as const,
		);
		await reader.close();
		return dark;
	}

	it('makes a key that works, shows it once, and revokes it', async () => {
		await open();
		const secret = await makeKey('feeder-01');
		expect(secret).toMatch(/^es_\w{26}$/);
		expect(await dialog().locator('pre').textContent()).toContain(secret);
		const send = () =>
			fetch(`${hub.url}/api/v1/messages`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
				body: '{"event":"tick"}',
			});
		expect((await send()).status).toBe(202);
		await page.keyboard.press('Escape');
		await dialog().waitFor({ state: 'detached' });
		await page.keyboard.press('s');
		await expect.poll(() => row('feeder-01').getByRole('cell').nth(3).textContent(), soon).toMatch(/1$/); // messages
		expect(await row('feeder-01').getByRole('cell').nth(2).textContent()).toMatch(/now|ago/);
		expect(await page.content()).not.toContain(secret);

		await row('feeder-01').getByRole('button', { name: 'Revoke' }).click();
		expect((await send()).status, 'before the question is answered').toBe(202);
		await row('feeder-01').getByRole('button', { name: 'Revoke' }).click();
		await row('feeder-01').waitFor({ state: 'detached' });
		expect((await send()).status).toBe(401);
	});

	it('closes by a press beside it, but not while a secret would be lost', async () => {
		await open();
		await page.mouse.click(20, 450);
		await dialog().waitFor({ state: 'detached' });
		await page.keyboard.press('s');
		const secret = await makeKey('feeder-01');
		await page.mouse.click(20, 450);
		expect(await row('feeder-01').locator('code').textContent()).toBe(secret);
	});

	it('keeps keys for itself when plain text in it was pressed, without a ring around it', async () => {
		await open();
		await dialog().getByRole('heading', { name: 'Keys' }).click();
		await page.keyboard.press('2');
		expect(await page.evaluate(() => location.hash)).toBe('');
		expect(await dialog().evaluate((sheet) => getComputedStyle(sheet).outlineStyle)).toBe('none');
	});

	it('leaves a key alone that is kept', async () => {
		await open();
		await makeKey('feeder-01');
		await row('feeder-01').getByRole('button', { name: 'Revoke' }).click();
		await row('feeder-01').getByRole('button', { name: 'Keep' }).click();
		await row('feeder-01').getByRole('button', { name: 'Revoke' }).waitFor();
		expect((await ask<KeyList>('/api/v1/keys')).keys.length).toBe(1);
	});

	it('copies a secret where the browser has no clipboard for pages, as on plain http from elsewhere', async () => {
		await open();
		await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
		const secret = await makeKey('feeder-01');
		await page.keyboard.press('Enter'); // the button that copies it has the focus
		await row('feeder-01').getByText('Copied').waitFor();
		await dialog().getByRole('button', { name: 'New key' }).click();
		await page.keyboard.press('Control+V');
		expect(await dialog().getByRole('textbox').inputValue()).toBe(secret);
	});

	it.runIf(inNetwork)('has another link once the view link is revoked', async () => {
		await open();
		await lan().click();
		const link = dialog().getByRole('group', { name: 'View link' }).getByText(/#k=es_/);
		const first = await link.textContent();
		await row('View link').getByRole('button', { name: 'Revoke' }).click();
		await row('Revoke the view link?').getByRole('button', { name: 'Revoke' }).click();
		await row('Revoke the view link?').waitFor({ state: 'detached' });
		await expect.poll(() => link.textContent(), soon).not.toBe(first);
	});

	it('says what the hub has against a key where it is made, and lets the reader mend it', async () => {
		await open();
		await makeKey('feeder-01');
		await dialog().getByRole('button', { name: 'New key' }).click();
		await page.keyboard.type('feeder-01');
		await page.keyboard.press('Enter');
		await dialog().getByRole('alert').filter({ hasText: 'There is a key named "feeder-01" already. Choose another name' }).waitFor();
		await page.keyboard.type('b');
		await page.keyboard.press('Enter');
		await row('feeder-01b').locator('code').waitFor();
		expect(await dialog().getByRole('alert').count()).toBe(0);
		complaints = complaints.filter((line) => !line.includes('409')); // the browser's own line
	});

	it.runIf(inNetwork)('offers programs that run as they are', async () => {
		await open();
		await lan().click();
		await makeKey('notebook');
		const run = [
			{ name: 'curl', command: 'sh', args: ['-c'], needs: ['curl'] },
			{ name: 'Python', command: 'python3', args: ['-c'], needs: ['python3'] },
			{ name: 'JavaScript', command: process.execPath, args: ['-e'], needs: [] },
		];
		let sent = 0;
		for (const { name, command, args, needs } of run) {
			if (needs.some((program) => spawnSync(program, ['--version']).status !== 0)) continue;
			await dialog().getByText(name, { exact: true }).click();
			const code = (await dialog().locator('pre').textContent()) ?? '';
			const ended = spawnSync(command, [...args, code], { encoding: 'utf8', timeout: 20_000, env: { PATH: process.env.PATH } }); // no proxy
			expect(ended.stdout, `${name}: ${ended.stderr}`).toContain(`"last_seq":${++sent}`);
		}
		await dialog().getByText(/Reached by .+ (now|ago)/).waitFor();
		const { messages } = await ask<MessagePage>('/api/v1/messages');
		expect(messages.map((m) => [m.namespace, m.event, m.data, m.origin?.key])).toEqual(
			Array.from({ length: sent }, () => ['/ws/rt_market', 'tick', { symbol: 'AAPL', price: 231.42 }, 'notebook']),
		);
	});

	it('keeps the focus inside, and gives it back', async () => {
		await open();
		await page.keyboard.press('Escape');
		await page.getByRole('banner').getByRole('button', { name: 'Share' }).focus();
		await page.keyboard.press('Enter');
		await dialog().waitFor();
		for (let i = 0; i < 40; i++) {
			await page.keyboard.press('Tab');
			const outside = await page.evaluate(() => document.activeElement?.closest('dialog, body')?.tagName === 'BODY' && document.activeElement !== document.body);
			expect(outside, `after ${i + 1} times Tab`).toBe(false);
		}
		await dialog().getByRole('button', { name: 'New key' }).click();
		await page.keyboard.press('Escape'); // leaves the new key only
		expect(await dialog().getByRole('textbox').count()).toBe(0);
		await page.keyboard.press('Escape');
		await dialog().waitFor({ state: 'detached' });
		expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Share on the LAN (S)');
	});

	it('says that the hub is away, and keeps what it knew', async () => {
		await open();
		await makeKey('feeder-01');
		await hub.stop();
		await dialog().getByText('The hub does not answer.').waitFor();
		expect(await row('feeder-01').count()).toBe(1);
		complaints = []; // the browser's own lines about a hub that is away
	});

	it.for([
		{ colorScheme: 'dark', width: 1440, locale: 'en-US' },
		{ colorScheme: 'light', width: 1440, locale: 'zh-CN' },
		{ colorScheme: 'dark', width: 390, locale: 'zh-CN' },
		{ colorScheme: 'light', width: 390, locale: 'en-US' },
	] as const)('gives axe nothing to object to, $colorScheme, $width px wide', async ({ colorScheme, width, locale }) => {
		await open({ viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
		await dialog().getByRole('switch').first().click();
		await makeKey('old key');
		await makeKey('feeder-01');
		await row('old key').getByRole('button').click();
		await dialog().getByRole('button', { name: /New key|新建密钥/ }).click();
		expect(await page.evaluate(() => document.querySelector('dialog .sheet')?.scrollWidth)).toBeLessThanOrEqual(width);
		const { violations } = await inspect(page).analyze();
		expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
	});
});

it('offers sharing only for as long as the viewer may do everything', async () => {
	const hub = new MadeUpHub({ ...new Traffic(Date.now()).hello(), scopes: 'view' });
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
	page = await context.newPage();
	await hub.open(page);
	await page.getByText('Shared on LAN').first().waitFor();
	await page.keyboard.press('s');
	expect(await page.getByRole('button', { name: 'Share' }).count()).toBe(0);
	expect(await dialog().count()).toBe(0);
	const state: Sharing = { on: false, fixed: false, open_view: false, port: 8092, tls: false, addresses: [], others: [], system: 'linux' };
	await page.route('**/api/v1/sharing', (route) => route.fulfill({ json: state }));
	await page.route('**/api/v1/keys', (route) => route.fulfill({ json: { keys: [] } }));
	const greet = (scopes: string) => hub.say(Object.assign(hub.hello, { scopes }));
	greet('view admin');
	await page.getByRole('button', { name: 'Share' }).first().click();
	await dialog().waitFor();
	greet('view');
	await dialog().waitFor({ state: 'detached' });
	greet('view admin');
	await page.getByRole('button', { name: 'Share' }).first().waitFor();
	expect(await dialog().count(), 'it is not opened by itself').toBe(0);
	await context.close();
	expect(hub.complaints).toEqual([]);
});
