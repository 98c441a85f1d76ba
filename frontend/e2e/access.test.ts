import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditPage, MadeKey, Sharing, ViewLink } from '$lib/wire';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';
import { Stranger } from './stranger';

/** The interface as somebody on another machine sees it: by the real program, through a proxy that says so. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let stranger: Stranger;
let complaints: string[];
let said: string[]; // every line of the console

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub();
	await hub.start();
	stranger = new Stranger(hub.url);
	await stranger.start();
	await newContext();
});
afterEach(async () => {
	await context.close();
	await stranger.stop();
	await hub.remove();
	expect(complaints).toEqual([]);
});

/** The browser itself writes a line about each answer 401 and each socket that is refused. */
const ownLines = /status of 4(01|03|29)|WebSocket connection to/;

async function newContext(how: BrowserContextOptions = {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	said = [];
	onComplaint(page, (text) => complaints.push(text), ownLines);
	page.on('dialog', (dialog) => {
		complaints.push(`dialog: ${dialog.message()}`);
		void dialog.dismiss();
	});
	page.on('console', (line) => said.push(line.text()));
}

/** What the owner does, on the hub's own machine. */
async function own<Answer>(method: string, path: string, body?: object): Promise<Answer> {
	const how = body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {};
	const answer = await fetch(hub.url + path, { method, ...how });
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	const text = await answer.text();
	return (text ? JSON.parse(text) : null) as Answer;
}
const link = async () => (await own<ViewLink>('POST', '/api/v1/sharing/link')).key;
const make = async (name: string, scopes: string) => (await own<MadeKey>('POST', '/api/v1/keys', { name, scopes })).secret;
const revoke = (name: string) => own('DELETE', `/api/v1/keys/${encodeURIComponent(name)}`);
const tick = (n: number) => ({ namespace: '/ws/rt_market', event: 'tick', data: { n } });

const locked = () => page.getByRole('heading', { name: 'This hub asks for a key.' });
const strip = () => page.locator('.strip');
const live = () => page.locator('button.state', { hasText: 'Live' });
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const soon = { timeout: 10_000 };

/** Listens to a room from inside another page, on the hub's own machine. */
async function listen(room: string): Promise<void> {
	const other = await context.newPage();
	await other.goto(hub.url);
	await other.evaluate(
		([url, joined]) =>
			new Promise<void>((resolve) => {
				const socket = new WebSocket(`${url}/websocket`);
				socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', namespace: '/ws/rt_market', rooms: [joined] }));
				socket.onmessage = () => resolve();
			}),
		[hub.url.replace('http', 'ws'), room] as const,
	);
}

/** Of axe. */
async function expectNoObjections() {
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join('\n')}`)).toEqual([]);
}

async function show(key: string) {
	await page.getByLabel('Key, or the whole view link').fill(key);
	await page.getByRole('button', { name: 'Open', exact: true }).click();
}

/** Everywhere a page could leave a key behind. */
async function traces(): Promise<string> {
	const session = await context.newCDPSession(page);
	const { entries } = await session.send('Page.getNavigationHistory');
	const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, location.href]));
	return [...entries.map((e) => e.url), kept, ...said, ...stranger.heard.map((h) => h.line)].join('\n');
}

describe('a view link', () => {
	it('opens the hub, and leaves its key neither in the address nor anywhere a script or the next reader finds it', async () => {
		await hub.publish(tick(1));
		const key = await link();
		await page.goto(`${stranger.url}/#k=${key}`);
		await live().waitFor();
		await expect.poll(() => rows().count(), soon).toBe(1);
		expect(page.url()).toBe(`${stranger.url}/`);
		expect(await traces()).not.toContain(key);
		const [cookie] = await context.cookies();
		expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
		expect(cookie?.value).not.toContain(key);
	});

	it('works once more after a reload, by its cookie alone', async () => {
		await page.goto(`${stranger.url}/#k=${await link()}`);
		await live().waitFor();
		await page.goto(`${stranger.url}/#timing`);
		await page.reload();
		await live().waitFor();
		expect(page.url()).toBe(`${stranger.url}/#timing`);
	});

	it('with an unknown key leads to the locked page, which says so', async () => {
		await page.goto(`${stranger.url}/#k=NOBODYKNOWSTHISKEY`);
		await locked().waitFor();
		await page.getByText('The key is unknown', { exact: false }).first().waitFor();
		expect(await traces()).not.toContain('NOBODYKNOWSTHISKEY');
	});

	it('can be opened in a page that is open already, which stays where it is', async () => {
		await page.goto(`${stranger.url}/#timing`);
		await locked().waitFor();
		const key = await link();
		await page.evaluate((k) => (location.hash = `#k=${k}`), key);
		await live().waitFor();
		expect(page.url()).toBe(`${stranger.url}/#timing`);
		expect(await traces()).not.toContain(key);
	});

	it('of no use to a page that is let in anyway is said above the page', async () => {
		await page.goto(`${hub.url}/#k=NOBODYKNOWSTHISKEY`); // on the hub's own machine
		await live().waitFor();
		await strip().getByText('The key is unknown.').waitFor();
		await strip().getByRole('button', { name: 'Close' }).click();
		await expect.poll(() => strip().count()).toBe(0);
	});
});

describe('the locked page', () => {
	it('says what is wrong with a key where it was typed, and lets in whoever has the right one', async () => {
		await hub.publish(tick(1));
		await page.goto(stranger.url);
		await locked().waitFor();
		expect(await page.locator('input').getAttribute('type')).toBe('password');
		await show('WRONG');
		await page.getByRole('alert').getByText('The key is unknown.').waitFor();
		const key = await link();
		await show(` ${stranger.url}/#k=${key} `); // the whole link will do
		await live().waitFor();
		await expect.poll(() => rows().count(), soon).toBe(1);
		expect(await traces()).not.toContain(key);
	});

	it('does not fill the list of refusals while nobody shows a key', async () => {
		await page.goto(stranger.url);
		await locked().waitFor();
		const refused = async () => {
			const { entries } = await own<AuditPage>('GET', '/api/v1/audit');
			return entries.filter((e) => e.kind === 'refused').reduce((sum, e) => sum + e.count, 0);
		};
		const before = await refused();
		const asks = () => stranger.heard.filter((h) => h.line === 'GET /api/v1/session').length;
		const first = asks();
		await expect.poll(asks, { timeout: 20_000 }).toBeGreaterThan(first + 2);
		expect(await refused()).toBe(before);
	});

	it('shows what is typed only when asked to', async () => {
		await page.goto(stranger.url);
		await page.getByLabel('Key, or the whole view link').fill('abc');
		await page.getByRole('button', { name: 'Show', exact: true }).click();
		expect(await page.locator('input').getAttribute('type')).toBe('text');
		await page.getByRole('button', { name: 'Hide', exact: true }).click();
		expect(await page.locator('input').getAttribute('type')).toBe('password');
	});

	it('tells who guesses to wait', async () => {
		await page.goto(stranger.url);
		await locked().waitFor();
		for (let i = 0; i < 10; i++) {
			const answered = page.waitForResponse('**/api/v1/session');
			await show(`GUESS${i}`);
			await answered;
		}
		await show('GUESS');
		await page.getByText('Too many wrong keys.').waitFor();
		await show(await link()); // a right one is not held up
		await live().waitFor();
	});

	it('says that a browser without cookies cannot be let in', async () => {
		stranger.dropsCookies = true;
		await page.goto(stranger.url);
		await show(await link());
		await page.getByText('this browser keeps no cookies').waitFor();
	});

	it.for([
		{ colorScheme: 'dark', width: 1440 },
		{ colorScheme: 'light', width: 1440 },
		{ colorScheme: 'dark', width: 390 },
		{ colorScheme: 'light', width: 390 },
	] as const)('has nothing axe objects to, $colorScheme, $width px wide, and needs no scrolling sideways', async ({ colorScheme, width }) => {
		await context.close();
		await newContext({ viewport: { width, height: 844 }, colorScheme, bypassCSP: true });
		await page.goto(stranger.url);
		await locked().waitFor();
		await show('WRONG');
		await page.getByRole('alert').getByText('The key is unknown.').waitFor();
		await expectNoObjections();
		expect(await page.locator('main').evaluate((main) => main.scrollWidth - main.clientWidth)).toBe(0);
	});

	it('speaks Chinese', async () => {
		await context.close();
		await newContext({ locale: 'zh-CN' });
		await page.goto(stranger.url);
		await page.getByRole('heading', { name: '此服务需要密钥。' }).waitFor();
	});
});

describe('while the page is open', () => {
	it('a revoked key is told of, what is shown stays, and a new key goes on', async () => {
		await hub.publish(tick(1));
		await page.goto(stranger.url);
		await show(await make('laptop', 'view'));
		await expect.poll(() => rows().count(), soon).toBe(1);
		await revoke('laptop');
		await strip().getByText('The key was revoked.').waitFor();
		expect(await rows().count()).toBe(1);
		await strip().getByRole('button', { name: 'Enter a key' }).click();
		await show(await make('laptop-2', 'view'));
		await live().waitFor();
		await hub.publish(tick(2));
		await expect.poll(() => rows().first().textContent(), soon).toContain('n:2');
		expect(await strip().count()).toBe(0);
	});

	// A proxy comes by loopback, which sharing neither opens nor closes; so this page comes by another address.
	it('sharing that ends is told of, and the page goes on by itself when it is back', async ({ skip }) => {
		const [address] = (await own<Sharing>('PATCH', '/api/v1/sharing', { on: true })).addresses;
		if (!address) return skip('this machine has no other address');
		await page.goto(`${address.url}/#k=${await link()}`);
		await live().waitFor();
		await own('PATCH', '/api/v1/sharing', { on: false });
		await strip().getByText('The hub is not shared any more.').waitFor();
		await strip().getByRole('button', { name: 'Enter a key' }).click();
		await locked().waitFor();
		await own('PATCH', '/api/v1/sharing', { on: true });
		await live().waitFor();
		expect(await strip().count()).toBe(0);
		complaints = []; // the browser's own lines about an address that nobody listens on
	});

	it('a key that is being written stays when the connection comes back', async () => {
		await page.goto(`${stranger.url}/#k=${await link()}`);
		await live().waitFor();
		await page.getByRole('button', { name: 'What this page may do' }).click();
		await page.getByLabel('Key, or the whole view link').fill('es_half');
		await hub.stop('SIGKILL');
		stranger.heard.length = 0;
		await hub.start();
		await expect.poll(() => stranger.heard.map((h) => h.line), soon).toContain('GET /api/v1/session'); // it was greeted
		expect(await page.getByLabel('Key, or the whole view link').inputValue()).toBe('es_half');
		complaints = []; // the browser's own lines about a hub that is away
	});

	it('open viewing that ends is told of, and the page goes on by itself when it is back', async () => {
		await own('PATCH', '/api/v1/sharing', { open_view: true });
		await page.goto(stranger.url);
		await live().waitFor();
		await own('PATCH', '/api/v1/sharing', { open_view: false });
		await strip().getByText('needs a key', { exact: false }).first().waitFor();
		await own('PATCH', '/api/v1/sharing', { open_view: true });
		await live().waitFor();
		expect(await strip().count()).toBe(0);
	});
});

it.for(['dark', 'light'] as const)('axe objects neither to what a page may do nor to the line above one that was shown out, %s', async (colorScheme) => {
	await context.close();
	await newContext({ colorScheme, bypassCSP: true });
	await page.goto(`${stranger.url}/#k=${await link()}`);
	await page.getByRole('button', { name: 'What this page may do' }).click();
	await page.getByText('By the key “View link”.').waitFor();
	await expectNoObjections();
	await page.getByRole('button', { name: 'Back' }).click();
	await live().waitFor();
	await revoke('View link');
	await strip().getByText('The key was revoked.').waitFor();
	await expectNoObjections();
});

describe('a page that may only view', () => {
	beforeEach(async () => {
		await page.goto(`${stranger.url}/#k=${await link()}`);
		await live().waitFor();
	});

	it('offers neither sending, nor sharing, nor what was done, and says why', async () => {
		await page.goto(`${stranger.url}/#compose`);
		await page.getByText('This page may not send').waitFor();
		expect(await page.getByRole('button', { name: /^Send/ }).isDisabled()).toBe(true);
		await page.keyboard.press('Control+Enter');
		await page.getByRole('button', { name: 'Settings' }).click();
		await page.getByRole('dialog', { name: 'Settings' }).waitFor();
		expect(await page.getByRole('dialog').getByText(/^(Who did what|Data)$/).count()).toBe(0);
		await page.evaluate(() => fetch('/api/v1/stats')); // whatever was sent came before this
		expect(stranger.heard.filter((h) => h.line.startsWith('POST /api/v1/messages'))).toEqual([]);
	});

	it('does not offer to disconnect a client, and says why', async () => {
		await page.goto(`${stranger.url}/#clients`);
		await listen('AAPL');
		await rows().first().click();
		await page.getByText('Only a key with the scope admin may do this.').waitFor();
		expect(await page.getByRole('button', { name: 'Disconnect' }).isDisabled()).toBe(true);
	});

	it('may do more by a key that allows more, until it is loaded again', async () => {
		await page.goto(`${stranger.url}/#compose`);
		await page.getByRole('button', { name: 'Enter a key' }).click();
		const key = await make('feeder-01', 'view publish');
		await show(key);
		await page.getByRole('button', { name: /^Send/ }).click();
		await page.getByRole('status').getByText('Accepted as').waitFor();
		expect(stranger.heard.find((h) => h.line.startsWith('POST /api/v1/messages'))?.authorization).toBe(`Bearer ${key}`);
		expect(await traces()).not.toContain(key);
		await page.reload();
		await page.getByText('This page may not send').waitFor();
	});

	it('names the key a message came with', async () => {
		const key = await make('feeder-01', 'publish');
		const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
		await fetch(`${stranger.url}/api/v1/messages`, { method: 'POST', headers, body: JSON.stringify(tick(1)) });
		await expect.poll(() => rows().count(), soon).toBe(1);
		await page.keyboard.press('j');
		await page.getByText('rest · feeder-01').waitFor();
	});

	it('forgets its key, and what it has shown with it', async () => {
		await hub.publish(tick(1));
		await expect.poll(() => rows().count(), soon).toBe(1);
		await page.getByRole('button', { name: 'What this page may do' }).click();
		await page.getByText('By the key “View link”.').waitFor();
		await page.getByRole('button', { name: 'Forget the key' }).click();
		await locked().waitFor();
		expect(await context.cookies()).toEqual([]);
		expect(await rows().count()).toBe(0);
	});
});

it('what others send is text, never code, and no screen breaks its own policy', async () => {
	await page.addInitScript(() => {
		addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
	});
	const evil = `<img src=x onerror="alert(1)"></script><script>alert(2)</script><a href="javascript:alert(3)">`;
	const name = evil.replaceAll(' ', '\u00a0').slice(0, 120);
	await own('POST', '/api/v1/keys', { name: '<img src=x onerror=alert(4)>', scopes: 'view' });
	await fetch(`${hub.url}/api/v1/stats`, { headers: { authorization: `Bearer ${evil.slice(0, 40)}` } });
	await hub.publish(
		{ namespace: '/ws/rt_market', event: name, data: { [evil]: evil }, rooms: ['<b onclick=alert(5)>x</b>'] },
		{ namespace: '/ws/rt_market', event: 'text', data: evil },
		{ namespace: '/ws/rt_market', event: 'javascript:alert(6)', data: 'javascript:alert(7)' },
	);
	await listen('<img src=x onerror=alert(8)>');
	await page.goto(hub.url);
	await expect.poll(() => rows().count(), soon).toBe(3);
	await page.getByText('<img', { exact: false }).first().waitFor();
	for (let i = 0; i < 3; i++) {
		await page.keyboard.press('j');
		await page.getByText('Four times').waitFor();
	}
	for (const screen of ['timing', 'clients', 'tape', 'compose', 'live']) {
		await page.goto(`${hub.url}/#${screen}`);
		await page.locator('main').waitFor();
		if (screen === 'clients') await rows().first().click();
		await page.waitForTimeout(300); // for a handler that should never run
	}
	await page.getByRole('button', { name: 'Settings' }).click();
	await page.getByRole('button', { name: 'Who did what' }).click();
	await page.getByText('made key <img src=x onerror=alert(4)>').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Settings' }).click();
	await page.getByText('Limits', { exact: true }).click();
	await page.getByText('max_body', { exact: true }).waitFor();
	expect(await page.locator('img').count()).toBe(0);
});
