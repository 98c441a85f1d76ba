import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Client, ClientHistory, ClientList } from '$lib/wire';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';
import { NativeClient } from './native';
import { Stranger } from './stranger';

/** The screen Clients, served by the real program, with real clients. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let complaints: string[];
let connected: NativeClient[];

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
beforeEach(async () => {
	hub = new RealHub();
	await hub.start();
	complaints = [];
	connected = [];
});
afterEach(async () => {
	await context.close();
	for (const client of connected) client.drop();
	await hub.remove();
	expect(complaints).toEqual([]);
});

/** The hub is asked once a second, and the machine may be busy. */
const soon = { timeout: 15_000 };

async function open(how: BrowserContextOptions = {}, url = hub.url) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(15_000);
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(`${url}/#clients`);
	await page.locator('h1').waitFor();
}

async function connect(how: Parameters<NativeClient['open']>[1] = {}): Promise<NativeClient> {
	const client = await new NativeClient().open(hub.url, how);
	connected.push(client);
	return client;
}

const listed = async (query = '') => ((await (await fetch(`${hub.url}/api/v1/clients${query}`)).json()) as ClientList).clients;
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const row = (text: string) => rows().filter({ hasText: text });
const leaving = () => page.getByRole('radio', { name: /Who left/ }).check({ force: true });

/** Sends more than the network holds on its way, until somebody has missed something. */
async function flood(): Promise<void> {
	const data = 'x'.repeat(300 << 10);
	const missed = async () => (await listed('?sort=slowest&limit=1')).some((c) => c.missed > 0);
	while (!(await missed())) await hub.publish(...Array.from({ length: 3 }, () => ({ namespace: '/ws/rt_market', event: 'tick', data })));
}

it('says how to connect one when there is none', async () => {
	await open();
	await page.getByRole('heading', { name: 'Nobody is connected.' }).waitFor();
	expect(await page.locator('pre').textContent()).toContain(hub.url);
});

it('lists a client with its name, program, rooms, what it was sent and its round trip', async () => {
	await open();
	const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
	const { address } = await connect({ name: 'dash-04', rooms: ['AAPL'], agent });
	await hub.publish({ namespace: '/ws/rt_market', event: 'tick', data: 1 });
	await page.getByRole('heading', { name: 'The one client keeps up.' }).waitFor();
	await expect.poll(() => rows().first().textContent(), soon).toMatch(new RegExp(`${address}.*dash-04 · Chrome 131.*WebSocket.*/ws/rt_market.*AAPL.*1`, 's'));
	await rows().first().click();
	await page.getByText('Has missed nothing.').waitFor();
});

it('asks before it disconnects one, and says afterwards why it left', async () => {
	await open();
	const { address } = await connect({ name: 'kiosk' });
	await page.getByRole('button', { name: `Disconnect ${address}` }).click();
	await page.getByText('Disconnect it? Its program may connect again at once.').waitFor();
	await page.getByRole('button', { name: 'Keep it' }).click();
	expect((await listed()).length).toBe(1);
	await page.getByRole('button', { name: 'Disconnect now' }).click();
	await page.getByRole('button', { name: 'Disconnect now' }).click();
	await expect.poll(() => listed(), soon).toEqual([]);
	await expect.poll(() => row('kiosk').first().textContent(), soon).toContain('disconnected'); // the pointer is on the list: it stays
	await page.mouse.move(700, 20);
	await page.getByRole('heading', { name: 'Nobody is connected.' }).waitFor();
	await page.getByRole('row', { name: /kiosk.*a person disconnected it/ }).waitFor();
});

it('shows the client that does not read as the worst, says why, and what became of it', async () => {
	await open();
	await connect({ name: 'fine' });
	const stalled = await connect({ name: 'stalled' });
	await connect({ name: 'alsofine' });
	await expect.poll(() => rows().count(), soon).toBe(3);
	stalled.stall();
	await flood();
	await page.getByRole('heading', { name: /1 is losing messages/ }).waitFor();
	await expect.poll(() => rows().first().textContent(), soon).toMatch(/stalled.*full/s);
	await rows().first().click();
	await page.getByText(/Has missed [\d,]+ messages?, (some )?in \d+ of the last 60 s\./).waitFor();
	await page.getByText(/Its outbox is full \(\d+ of 4,096 frames, [78]\.\d MiB of 8\.0 MiB\)/).waitFor();
	await page.getByRole('radio', { name: 'Disconnect' }).check({ force: true });
	await expect.poll(async () => (await listed('?q=stalled'))[0]?.slow_policy ?? 'gone', soon).toMatch(/^(disconnect|gone)$/);
	await hub.publish({ namespace: '/ws/rt_market', event: 'tick', data: 'x'.repeat(512 << 10) });
	await leaving();
	await page.getByRole('row', { name: /stalled.*(too slow, and disconnected for it|took nothing any more)/ }).waitFor();
	expect((await listed('?q=fine')).map((c) => c.name).sort()).toEqual(['alsofine', 'fine']);
	complaints = complaints.filter((line) => !line.includes('404')); // the browser's own line, when it is asked for once more
});

it('tells who said goodbye from who was lost', async () => {
	await open();
	const [polite, lost] = [await connect({ name: 'polite' }), await connect({ name: 'lost' })];
	await connect({ name: 'stays' });
	polite.close();
	lost.drop();
	await leaving();
	await page.getByRole('row', { name: /polite.*closed by itself/ }).waitFor();
	await page.getByRole('row', { name: /lost.*its network connection was lost/ }).waitFor();
});

it('finds clients and lists them in another order', async () => {
	await open();
	for (const name of ['one', 'two', 'three']) await connect({ name, rooms: name === 'two' ? ['AAPL'] : [] });
	await page.getByRole('radio', { name: 'Newest' }).check({ force: true });
	await expect.poll(() => rows().allTextContents(), soon).toEqual([expect.stringContaining('three'), expect.stringContaining('two'), expect.stringContaining('one')]);
	await page.getByLabel('Find').fill('aapl');
	await expect.poll(() => rows().allTextContents(), soon).toEqual([expect.stringContaining('two')]);
	await page.getByText('1 of 3').waitFor();
	await page.getByLabel('Find').fill('nobody');
	await page.getByText('No client has this in its address').waitFor();
});

it('opens rows by keyboard', async () => {
	await open();
	await connect();
	await connect();
	await expect.poll(() => rows().count(), soon).toBe(2);
	await page.keyboard.press('j');
	await page.keyboard.press('ArrowDown');
	expect(await rows().nth(1).getAttribute('aria-selected')).toBe('true');
	await page.keyboard.press('Escape');
	await expect.poll(() => page.getByRole('button', { name: 'Disconnect now' }).count(), soon).toBe(0);
});

it('leads to what a client gets, and back to it', async () => {
	await open();
	await connect({ name: 'dash', rooms: ['AAPL'] });
	for (const rooms of [['AAPL'], ['MSFT'], []]) await hub.publish({ namespace: '/ws/rt_market', event: 'tick', rooms, data: rooms[0] ?? 'all' });
	await hub.publish({ namespace: '/ws/other', event: 'tick', data: 'other' });
	await rows().first().click();
	await page.getByRole('button', { name: 'Only its messages' }).click();
	await expect.poll(() => page.getByRole('grid').getByRole('row').allTextContents(), soon).toEqual([
		expect.anything(), // the names of the columns
		expect.stringContaining('"all"'),
		expect.stringContaining('"AAPL"'),
	]);
	await page.goBack();
	await page.getByText('Has missed nothing.').waitFor();
});

it('says why a client was not disconnected', async () => {
	await open();
	await connect();
	await rows().first().click();
	const answer = { status: 403, json: { code: 'forbidden', message: 'this needs the scope admin', hint: 'use a key with that scope' } };
	await page.route('**/api/v1/clients/*', (route) => (route.request().method() === 'DELETE' ? route.fulfill(answer) : route.continue()));
	await page.getByRole('button', { name: 'Disconnect now' }).click();
	await page.getByRole('button', { name: 'Disconnect now' }).click();
	await page.getByText('This needs the scope admin').waitFor();
	expect((await listed()).length).toBe(1);
	complaints = complaints.filter((line) => !line.includes('403')); // the browser's own line
});

it('lets look, and do nothing, who may only view', async () => {
	await hub.patchSharing({ on: true, open_view: true });
	const stranger = new Stranger(hub.url);
	await stranger.start();
	try {
		await connect();
		await open({}, stranger.url);
		await rows().first().click();
		await page.getByText('Only a key with the scope admin may do this.').waitFor();
		expect(await page.getByRole('button', { name: 'Disconnect now' }).isDisabled()).toBe(true);
		expect(await page.getByRole('button', { name: /Disconnect 127/ }).count()).toBe(0);
		expect(await page.getByRole('radiogroup', { name: 'When full' }).count()).toBe(0);
	} finally {
		await stranger.stop();
	}
});

it('keeps the list when the hub is gone', async () => {
	await open();
	const { address } = await connect();
	await expect.poll(() => rows().count(), soon).toBe(1);
	await hub.stop();
	await page.locator('main.stale').waitFor();
	expect(await rows().first().textContent()).toContain(address);
	complaints = []; // the browser's own lines about a hub that is away
});

it('shows on a map how full each outbox was, by keyboard too', async () => {
	await open();
	const { address } = await connect({ name: 'dash' });
	const map = page.getByRole('slider', { name: /How full every outbox was/ });
	await expect.poll(() => page.getByRole('table', { name: /how full an outbox/ }).getByRole('row').count(), soon).toBeGreaterThan(1);
	await map.focus();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowDown');
	await expect.poll(() => map.getAttribute('aria-valuetext'), soon).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d, nobody over a third full, ${address} · dash `));
	await page.keyboard.press('Enter');
	expect(await rows().first().getAttribute('aria-selected')).toBe('true');
	expect(new URL(page.url()).hash).toMatch(/^#clients/);
});

/** As many clients as a hub takes for granted. */
function many(n: number): { list: Client[]; history: ClientHistory } {
	const steps = 119;
	const list = Array.from({ length: n }, (_, i): Client => ({
		id: `c${i}`, door: 'websocket', transport: 'websocket', address: `10.0.${i >> 8}.${i & 255}:5000`, name: `dash-${i}`, namespaces: ['/ws'], rooms: [],
		since: '2026-01-01T00:00:00Z', sent: i, missed: 0, lag_frames: 0, max_frames: 4096, lag_bytes: 0, max_bytes: 8 << 20, lag_ms: 0,
		slow_policy: 'drop-oldest', standing: 'keeping', levels: btoa('\x01'.repeat(60)),
	}));
	const history: ClientHistory = {
		step: '5s', times: Array.from({ length: steps }, (_, i) => new Date(Date.now() - (steps - i) * 5000).toISOString()),
		clients: list.map((c) => c.id), counts: list.map(() => steps),
		levels: Buffer.from(Uint8Array.from({ length: n * steps }, (_, i) => (i % 97 === 0 ? 255 : i % 7))).toString('base64'),
	};
	return { list, history };
}

it('draws only what is in sight of ten thousand clients, and leads on to the others', async () => {
	await open();
	const { list, history } = many(10_000);
	await page.route('**/api/v1/clients/history*', (route) => route.fulfill({ json: history }));
	await page.route('**/api/v1/clients?*', (route) => {
		const limit = Number(new URL(route.request().url()).searchParams.get('limit'));
		return route.fulfill({ json: { clients: list.slice(0, limit), total: 10_000, found: 10_000, behind: 0, losing: 0 } satisfies ClientList });
	});
	await page.getByRole('heading', { name: 'All 10,000 clients keep up.' }).waitFor();
	expect(await rows().count()).toBeLessThan(60);
	await page.getByText('9,700 more are not listed.').waitFor();
	await page.getByRole('button', { name: 'List more' }).click();
	await page.getByText('9,400 more are not listed.').waitFor();
	await page.getByText('All 10,000 clients, oldest on top').waitFor();
});

it.for([
	{ colorScheme: 'dark', width: 1440, locale: 'en-US', tab: 0 },
	{ colorScheme: 'light', width: 1440, locale: 'en-US', tab: 1 },
	{ colorScheme: 'dark', width: 900, locale: 'en-US', tab: 0 },
	{ colorScheme: 'light', width: 390, locale: 'zh-CN', tab: 0 },
	{ colorScheme: 'dark', width: 390, locale: 'zh-CN', tab: 1 },
] as const)('axe has nothing to object to, $colorScheme, $width px wide, $locale, tab $tab', async ({ colorScheme, width, locale, tab }) => {
	await open({ viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
	const [leaves] = [await connect({ name: 'leaves' }), await connect({ name: 'dash-04', rooms: ['AAPL'] })];
	leaves.close();
	await rows().first().click();
	await page.locator('main section').getByRole('radio').nth(tab).check({ force: true });
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
