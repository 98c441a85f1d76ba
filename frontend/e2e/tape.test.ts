import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Recording, RecordingList, Replay } from '$lib/wire';
import { inspect, onComplaint, show, startBrowser } from './browser';
import { RealHub } from './hub';

/** The screen Tape, as the real program serves it. */
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
	complaints = [];
});
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
});

async function open(hash = '#tape', how: BrowserContextOptions = {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', timezoneId: 'Asia/Kolkata', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(`${hub.url}/${hash}`);
	await page.locator('h1').first().waitFor();
}

async function ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
	const answer = await fetch(hub.url + path, { method, ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}) });
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as Answer;
}
const list = async () => (await ask<RecordingList>('GET', '/api/v1/recordings')).recordings;
const find = async (name: string) => (await list()).find((r) => r.name === name);
const tick = (n: number) => ({ namespace: '/ws/rt_market', event: 'tick', data: { symbol: n % 2 ? 'AAPL' : 'MSFT', price: n } });
const quote = (n: number) => ({ namespace: '/ws/rt_market', event: 'quote', data: { n } });

/** Records what is published, which a lane with a pace of 10 ms emits one after the other. */
async function record(name: string, messages: object[], then: () => Promise<void> = async () => {}): Promise<Recording> {
	await ask('POST', '/api/v1/recordings', { name });
	await hub.publish(...messages);
	await then();
	await expect.poll(async () => (await find(name))?.messages, soon).toBeGreaterThanOrEqual(messages.length);
	return ask<Recording>('POST', `/api/v1/recordings/${encodeURIComponent(name)}/stop`);
}
const market = (n: number) => Array.from({ length: n }, (_, i) => (i % 3 ? tick(i) : quote(i)));

const soon = { timeout: 10_000 };
const rows = () => page.getByRole('complementary', { name: 'Recordings' }).locator('button.rec');
const line = () => page.getByRole('slider', { name: 'Timeline' });
const hash = () => page.evaluate(() => decodeURIComponent(location.hash));
/** Messages that the table beside the timeline tells of. */
const inTable = async () => {
	const lines = await page.locator('table.only-readers tbody tr').evaluateAll((all) => all.map((tr) => [...tr.querySelectorAll('td')].slice(0, -2).map((td) => Number(td.textContent))));
	return lines.flat().reduce((sum, n) => sum + n, 0);
};

async function drag(from: number, to: number): Promise<void> {
	const box = await line().boundingBox();
	if (!box) throw new Error('there is no timeline');
	const y = box.y + 60;
	await page.mouse.move(box.x + from * box.width, y);
	await page.mouse.down();
	await page.mouse.move(box.x + to * box.width, y, { steps: 6 });
	await page.mouse.up();
}

describe('recording', () => {
	it('begins on an empty screen with one press, and ends with another', async () => {
		await open();
		await page.getByRole('heading', { name: 'Nothing is recorded.' }).waitFor();
		await show(page, 'tape-empty');
		await page.getByRole('main').getByRole('button', { name: 'Record everything now' }).first().click();
		await expect.poll(async () => (await list())[0]?.state, soon).toBe('recording');
		await hub.publish(...market(30));
		await expect.poll(() => rows().first().textContent(), soon).toMatch(/30 ·/);
		expect(await page.getByRole('banner').getByRole('button', { name: /^Stop recording/ }).textContent()).toMatch(/Recording · \d\d:\d\d/);
		await page.getByRole('complementary').getByRole('button', { name: /^Stop recording/ }).click();
		await expect.poll(async () => (await list())[0]?.state, soon).toBe('ended');
		await expect.poll(() => rows().first().textContent(), soon).toMatch(/today \d\d:\d\d/);
	});

	it('begins and ends by a key on any screen, and leads to what is recorded', async () => {
		await open('#live');
		await page.getByRole('button', { name: 'Record', exact: true }).waitFor(); // the page knows by then what it may
		await page.keyboard.press('r');
		await page.getByRole('button', { name: /^Stop recording/ }).waitFor();
		await hub.publish(...market(9));
		await expect.poll(async () => (await list())[0]?.messages, soon).toBe(9);
		await page.keyboard.press('r');
		await page.getByText(/is recorded\./).waitFor();
		await page.getByRole('button', { name: 'Show it' }).click();
		await expect.poll(hash).toMatch(/^#tape\?rec=\d+ \w+, \d\d\.\d\d$/);
	});

	it('takes a name, a query and a length, and says what is wrong with them', async () => {
		await open('#live?q=event:tick');
		await page.getByRole('button', { name: 'Record', exact: true }).click();
		await page.getByRole('textbox', { name: 'Name' }).fill('only ticks');
		await page.getByRole('button', { name: 'What Live lists: event:tick' }).click();
		await page.getByRole('combobox', { name: 'For how long' }).fill('soon');
		await page.keyboard.press('Enter');
		await page.getByRole('alert').filter({ hasText: /for/i }).waitFor();
		await page.getByRole('combobox', { name: 'For how long' }).fill('1h');
		await page.keyboard.press('Enter');
		await expect.poll(async () => (await find('only ticks'))?.query, soon).toBe('event:tick');
		complaints = complaints.filter((text) => !text.includes('400')); // the browser's own line
	});

	it('keeps what just happened, from any screen', async () => {
		await hub.publish(...market(12));
		await open('#live');
		await expect.poll(async () => (await ask<RecordingList>('GET', '/api/v1/recordings')).flight.messages, soon).toBeGreaterThanOrEqual(12);
		await page.getByRole('button', { name: 'Record', exact: true }).waitFor();
		await page.keyboard.press('Control+Shift+S');
		await page.getByText(/^What just happened is kept as/).waitFor();
		await page.getByRole('button', { name: 'Show it' }).click();
		await expect.poll(() => rows().first().textContent(), soon).toMatch(/12 ·/);
	});

	it('says to who may only look that nothing can be recorded', async () => {
		await open();
		await page.route('**/api/v1/session', (route) => route.fulfill({ json: { scopes: 'view', local: true } }));
		await page.reload();
		await page.getByText('that needs the scope admin').waitFor();
		expect(await page.getByRole('button', { name: /Record/ }).count()).toBe(0);
	});
});

describe('the timeline', () => {
	it('has a lane for each stream, and a cursor that goes by keys', async () => {
		await record('market', market(60));
		await open();
		await expect.poll(inTable, soon).toBe(60);
		expect(await page.getByRole('table', { name: 'Messages of each stream over time' }).getByRole('columnheader').allTextContents()).toEqual(['Time', 'tick /ws/rt_market', 'quote /ws/rt_market', 'late', 'lost']);
		const before = await line().getAttribute('aria-valuetext');
		await line().focus();
		await page.keyboard.press('Shift+ArrowRight');
		await page.keyboard.press('ArrowRight');
		expect(await line().getAttribute('aria-valuetext')).not.toBe(before);
		await show(page, 'tape');
	});

	it('looks closer by the wheel and by keys, and at all of it again', async () => {
		await record('market', market(60));
		await open();
		await expect.poll(inTable, soon).toBe(60);
		const box = await line().boundingBox();
		await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 60);
		await page.mouse.wheel(0, -600);
		await expect.poll(inTable, soon).toBeLessThan(60);
		await page.keyboard.press('0');
		await expect.poll(inTable, soon).toBe(60);
	});

	it('looks closer by two fingers, and by a trackpad, which turns the wheel with Ctrl', async () => {
		await record('market', market(60));
		await open();
		await expect.poll(inTable, soon).toBe(60);
		const box = (await line().boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
		const middle = { x: box.x + box.width / 2, y: box.y + 60 };
		await page.mouse.move(middle.x, middle.y);
		await page.keyboard.down('Control');
		await page.mouse.wheel(0, -600);
		await page.keyboard.up('Control');
		await expect.poll(inTable, soon).toBeLessThan(60);
		expect(await page.evaluate(() => window.visualViewport?.scale)).toBe(1); // the page itself stays as large as it is
		await page.keyboard.press('0');
		await expect.poll(inTable, soon).toBe(60);
		const touch = await context.newCDPSession(page);
		const fingers = (apart: number) => [-apart, apart].map((by, id) => ({ x: middle.x + by, y: middle.y, id }));
		await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(40) });
		for (const apart of [80, 160, 320]) await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) });
		await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
		await expect.poll(inTable, soon).toBeLessThan(30);
		expect(await page.getByRole('group', { name: /^Span/ }).count()).toBe(0);
	});

	it('gives the comparison as a picture: copied, or saved where the browser copies none', async () => {
		await record('market', market(240));
		await open();
		await context.grantPermissions(['clipboard-read', 'clipboard-write']);
		await expect.poll(inTable, soon).toBe(240);
		await page.getByRole('button', { name: 'First half with second half' }).click();
		await page.getByRole('button', { name: 'Copy as picture' }).click();
		await page.getByRole('button', { name: 'Copied' }).waitFor();
		const size = await page.evaluate(async () => {
			const [item] = await navigator.clipboard.read();
			const picture = await createImageBitmap((await item?.getType('image/png')) ?? new Blob());
			return [picture.width, picture.height];
		});
		expect(size).toEqual([2400, 1280]);
		await page.getByRole('button', { name: 'Copy as picture' }).waitFor();
		await page.evaluate(() => Object.defineProperty(navigator.clipboard, 'write', { value: () => Promise.reject(new Error('not here')) }));
		const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Copy as picture' }).click()]);
		expect(file.suggestedFilename()).toBe('emitscope-comparison.png');
		await page.getByRole('button', { name: 'Saved as a file' }).waitFor();
		expect((await readFile(await file.path())).subarray(1, 4).toString()).toBe('PNG');
	});

	it('marks A and B by dragging, compares them, and an address brings them back', async () => {
		await record('market', market(240));
		await open();
		await expect.poll(inTable, soon).toBe(240);
		await drag(0.05, 0.4);
		await page.getByText('A is marked.').waitFor();
		await drag(0.55, 0.95);
		await page.getByRole('heading', { name: /p99|No difference/ }).waitFor();
		await page.getByRole('row', { name: /^asked for 10\.000 ms 10\.000 ms/ }).waitFor();
		await show(page, 'tape-compare');
		const said = await page.getByRole('heading', { name: /p99|No difference/ }).textContent();
		await expect.poll(hash, soon).toMatch(/&a=.*&b=/);
		const link = await page.evaluate(() => location.href);
		await page.goto('about:blank');
		await page.goto(link);
		await expect.poll(() => page.getByRole('heading', { name: /p99|No difference/ }).textContent(), soon).toBe(said);
		await page.keyboard.press('Escape');
		await page.getByRole('heading', { name: 'Compare two spans.' }).waitFor();
	});

	it('marks spans by keys alone', async () => {
		await record('market', market(120));
		await open();
		await expect.poll(inTable, soon).toBe(120);
		await line().focus();
		for (const key of ['a', 'Shift+ArrowRight', 'Shift+ArrowRight', 'a', 'Shift+ArrowRight', 'b', 'Shift+ArrowRight', 'Shift+ArrowRight', 'b']) await page.keyboard.press(key);
		await page.getByRole('group', { name: 'Span A' }).waitFor();
		await page.getByRole('group', { name: 'Span B' }).waitFor();
		await page.getByRole('button', { name: 'End of B' }).focus();
		const before = await hash();
		await page.keyboard.press('ArrowRight');
		await expect.poll(hash, soon).not.toBe(before);
	});

	it('compares with another recording', async () => {
		await record('before', market(80));
		await record('after', market(80));
		await open();
		await page.getByRole('button', { name: 'Compare with …' }).click();
		await page.getByRole('menuitem', { name: 'before' }).click();
		await page.getByRole('heading', { name: /p99|No difference/ }).waitFor();
		await page.getByText(/^B · before/).waitFor();
	});

	it('keeps a bookmark with a note, which another page sees, and forgets it', async () => {
		await record('market', market(60));
		await open();
		await expect.poll(inTable, soon).toBe(60);
		await line().focus();
		await page.keyboard.press('Shift+ArrowRight');
		await page.keyboard.press('n');
		await page.keyboard.type('here it began');
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: /^Bookmark at .*: here it began$/ }).waitFor();
		await page.reload();
		await page.getByRole('button', { name: /^Bookmark at .*: here it began$/ }).click();
		await page.getByRole('button', { name: 'Bookmark at the cursor (N)' }).click();
		await page.getByRole('button', { name: /^Forget the bookmark/ }).click();
		await expect.poll(() => page.getByRole('button', { name: /here it began$/ }).count(), soon).toBe(0);
	});
});

describe('a recording', () => {
	it('gets another name in place, and is deleted after a question', async () => {
		await record('market', market(9));
		await open();
		await page.getByRole('heading', { name: 'market' }).dblclick();
		await page.getByRole('textbox', { name: 'New name' }).fill('Open of the market');
		await page.keyboard.press('Enter');
		await page.getByRole('heading', { name: 'Open of the market' }).waitFor();
		expect((await list()).map((r) => r.name)).toEqual(['Open of the market']);
		await expect.poll(hash, soon).toBe('#tape?rec=Open of the market');
		await page.getByRole('button', { name: 'More about this recording' }).click();
		await page.getByRole('menuitem', { name: 'Delete …' }).click();
		await page.getByText('Delete Open of the market? It cannot be brought back.').waitFor();
		await page.getByRole('button', { name: 'Delete it' }).click();
		await page.getByRole('heading', { name: 'Nothing is recorded.' }).waitFor();
		expect(await list()).toEqual([]);
	});

	it('is searched, and a message in it shows all that is known of it', async () => {
		await record('market', market(90));
		await open();
		await page.getByRole('button', { name: 'Search in it' }).click();
		await page.getByText('90 found', { exact: true }).waitFor();
		await page.getByRole('combobox', { name: 'Query' }).fill('event:quote');
		await page.keyboard.press('Enter');
		await page.getByText('30 found', { exact: true }).waitFor();
		await page.getByRole('grid', { name: 'Messages of the recording' }).focus();
		await page.keyboard.press('j');
		await page.getByText('Four times').waitFor();
		await show(page, 'tape-search');
		await expect.poll(hash, soon).toContain('find=event:quote');
		await page.getByRole('combobox', { name: 'Query' }).fill('event:');
		await page.keyboard.press('Enter');
		await page.getByRole('alert').waitFor();
		complaints = complaints.filter((text) => !text.includes('400')); // the browser's own line
	});

	it('offers how to go on with a query, from what is in it', async () => {
		await record('market', market(30));
		await open('#tape?find=*');
		await page.getByText('30 found', { exact: true }).waitFor();
		const box = page.getByRole('combobox', { name: 'Query' });
		await box.fill('data.pr');
		await page.getByRole('option', { name: /^data\.price>/ }).waitFor();
		await page.keyboard.press('Tab');
		await expect.poll(() => box.inputValue(), soon).toBe('data.price>');
		await box.fill('event:q');
		await page.keyboard.press('ArrowDown');
		await show(page, 'tape-offers');
		await page.keyboard.press('Enter');
		await page.getByText('10 found', { exact: true }).waitFor();
		await expect.poll(hash, soon).toContain('find=event:quote');
		await box.fill('event:');
		await page.getByRole('option').first().waitFor();
		await page.keyboard.press('Escape');
		expect(await page.getByRole('option').count()).toBe(0);
		await expect.poll(hash, soon).toContain('find=event:quote');
	});

	it('is saved as a file, and a file is taken in', async () => {
		await record('market', market(30));
		await open();
		await page.getByRole('button', { name: 'Export' }).click();
		await page.getByRole('textbox', { name: 'Query' }).fill('event:quote');
		const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click()]);
		expect(file.suggestedFilename()).toBe('market.ndjson');
		const folder = await mkdtemp(join(tmpdir(), 'emitscope-tape-'));
		try {
			await file.saveAs(join(folder, 'quotes.ndjson'));
			expect((await readFile(join(folder, 'quotes.ndjson'), 'utf8')).trim().split('\n').length).toBe(10);
			await page.getByRole('button', { name: 'Import a file' }).click();
			await page.getByLabel('Choose a file').setInputFiles(join(folder, 'quotes.ndjson'));
			await page.getByRole('dialog').getByRole('button', { name: 'Import', exact: true }).click();
			await page.getByRole('heading', { name: 'quotes' }).waitFor();
			expect((await find('quotes'))?.messages).toBe(10);
			await writeFile(join(folder, 'nothing.csv'), 'no,header\nof,ours\n');
			await page.getByRole('button', { name: 'Import a file' }).click();
			await page.getByLabel('Choose a file').setInputFiles(join(folder, 'nothing.csv'));
			await page.getByRole('dialog').getByRole('button', { name: 'Import', exact: true }).click();
			await page.getByRole('dialog').getByRole('alert').waitFor();
			complaints = complaints.filter((text) => !/ 4\d\d /.test(text)); // the browser's own line
		} finally {
			await rm(folder, { recursive: true, force: true });
		}
	});

	it('is taken in when its file is dropped on the screen', async () => {
		await record('market', market(9));
		await open();
		await page.getByRole('heading', { name: 'market' }).waitFor();
		const lines = await (await fetch(`${hub.url}/api/v1/recordings/market/export?format=ndjson`)).text();
		const files = await page.evaluateHandle((text) => {
			const held = new DataTransfer();
			held.items.add(new File([text], 'from elsewhere.ndjson'));
			return held;
		}, lines);
		const screen = page.getByRole('main', { name: 'Tape' });
		await screen.dispatchEvent('dragover', { dataTransfer: files });
		await show(page, 'tape-dropping');
		await screen.dispatchEvent('drop', { dataTransfer: files });
		await page.getByRole('dialog').getByRole('button', { name: 'Import', exact: true }).click();
		await page.getByRole('heading', { name: 'from elsewhere' }).waitFor();
		expect((await find('from elsewhere'))?.messages).toBe(9);
	});

	it('has a speed slider that stays on a small phone', async () => {
		await record('market', market(200));
		await open('#tape', { viewport: { width: 320, height: 640 } });
		await page.getByRole('slider', { name: 'Speed' }).waitFor();
		const box = await page.getByRole('slider', { name: 'Speed' }).boundingBox();
		expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(320);
	});

	it('tells the time of the cursor beside the name of a span, not over it', async () => {
		await record('market', market(200));
		await open();
		await drag(0.25, 0.75);
		const name = await page.getByRole('group', { name: 'Span A' }).locator('.data').boundingBox();
		const x = (await line().boundingBox())?.x ?? 0;
		await page.mouse.click((name?.x ?? 0) + 10, ((await line().boundingBox())?.y ?? 0) + 60);
		await expect.poll(async () => Math.round((await page.locator('.cursor').boundingBox())?.x ?? 0) - x).toBeGreaterThan(0);
		const time = await page.locator('.cursor .data').boundingBox();
		expect((time?.y ?? 0) + (time?.height ?? 0)).toBeLessThanOrEqual(name?.y ?? 0);
	});

	it('is replayed into its lanes, waits, and goes on from where somebody presses', async () => {
		await record('market', market(200));
		const before = await hub.emitted();
		await open();
		await expect.poll(inTable, soon).toBe(200);
		const state = async () => (await ask<Replay>('GET', '/api/v1/replay')).state;
		await page.getByRole('slider', { name: 'Speed' }).focus();
		await page.keyboard.press('Home');
		await page.getByRole('button', { name: 'Replay', exact: true }).click();
		await expect.poll(state, soon).toBe('playing');
		await expect.poll(() => page.getByTitle(/^Where the replay is/).textContent(), soon).not.toBe('00:00.000');
		await expect.poll(() => hub.emitted(), soon).toBeGreaterThan(before);
		await page.keyboard.press('.');
		await expect.poll(state, soon).toBe('paused');
		await show(page, 'tape-replay');
		const box = await line().boundingBox();
		await page.mouse.click((box?.x ?? 0) + 0.5 * (box?.width ?? 0), (box?.y ?? 0) + 60);
		const share = async () => Number(await line().getAttribute('aria-valuenow')) / Number(await line().getAttribute('aria-valuemax'));
		await expect.poll(share, soon).toBeCloseTo(0.5, 1);
		await page.getByRole('button', { name: 'End the replay' }).click();
		await expect.poll(state, soon).toBe('ended');
	});
});

describe('what is replayed', () => {
	it('is the span that is marked, what matches, and one each so often', async () => {
		await record('market', market(200));
		await open();
		await expect.poll(inTable, soon).toBe(200);
		await page.getByRole('button', { name: 'All of it', exact: true }).click();
		const form = page.getByRole('dialog', { name: 'What is replayed, and how' });
		await form.getByText(/^Drag over the timeline/).waitFor();
		await page.keyboard.press('Escape');
		await drag(0.25, 0.75);
		await page.getByRole('group', { name: 'Span A' }).waitFor();
		await page.getByRole('button', { name: 'All of it', exact: true }).click();
		await form.getByText('Span A').click();
		await form.getByRole('textbox', { name: 'Only what matches' }).fill('event:quote');
		await form.getByText('Even it out').click();
		await form.getByRole('combobox', { name: 'One each' }).fill('5ms');
		await page.keyboard.press('Enter');
		await show(page, 'tape-what-is-replayed');
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Span A · event:quote · one each 5ms' }).waitFor();
		const before = await hub.emitted();
		await page.getByRole('button', { name: 'Replay', exact: true }).click();
		await expect.poll(async () => (await ask<Replay>('GET', '/api/v1/replay')).state, soon).toBe('ended');
		const { query, interval, spacing, from = '', to = '', sent } = await ask<Replay>('GET', '/api/v1/replay');
		expect({ query, interval, spacing }).toEqual({ query: 'event:quote', interval: '5ms', spacing: 'even' });
		const { first_time = '', last_time = '' } = (await find('market')) ?? {};
		const into = (time: string) => (Date.parse(time) - Date.parse(first_time)) / (Date.parse(last_time) - Date.parse(first_time));
		expect([into(from), into(to)]).toEqual([expect.closeTo(0.25, 1), expect.closeTo(0.75, 1)]);
		expect(sent).toBeGreaterThan(25); // a third of the half of 200
		expect(sent).toBeLessThan(42);
		expect(await hub.emitted()).toBe(before + sent);
	});

	it('is marked as replayed in Live, in the row and in the message', async () => {
		await record('market', market(3));
		await ask('PUT', '/api/v1/replay', { recording: 'market' });
		await expect.poll(() => hub.emitted(), soon).toBe(6);
		await open('#live');
		const again = page.getByRole('grid').getByRole('row').filter({ has: page.getByText('replayed', { exact: true }) });
		await expect.poll(() => again.count(), soon).toBe(3);
		expect(await page.getByRole('grid').getByRole('row').filter({ hasText: 'rt_market' }).count()).toBe(6);
		await again.first().click();
		await page.getByText('Replayed: from a recording, not from a producer').waitFor();
		await show(page, 'live-replayed');
	});

	it('is refused where its query makes no sense, and says so', async () => {
		await record('market', market(9));
		await open();
		await page.getByRole('button', { name: 'All of it', exact: true }).click();
		await page.getByRole('textbox', { name: 'Only what matches' }).fill('event:');
		await page.keyboard.press('Escape');
		await page.getByRole('button', { name: 'Replay', exact: true }).click();
		await page.getByRole('region', { name: 'Replay' }).getByRole('alert').waitFor();
		complaints = complaints.filter((text) => !text.includes('400')); // the browser's own line
	});
});

it.for([
	{ colorScheme: 'dark', width: 1440, locale: 'en-US' },
	{ colorScheme: 'light', width: 1440, locale: 'en-US' },
	{ colorScheme: 'dark', width: 1000, locale: 'en-US' },
	{ colorScheme: 'light', width: 390, locale: 'zh-CN' },
] as const)('axe has nothing to object to, $colorScheme, $width px wide, $locale', async ({ colorScheme, width, locale }) => {
	const { first_time, last_time } = await record('market', market(150));
	const middle = new Date((Date.parse(first_time ?? '') + Date.parse(last_time ?? '')) / 2).toISOString();
	await open(`#tape?rec=market&a=${first_time},${middle}&b=${middle},${last_time}`, { viewport: { width, height: 860 }, colorScheme, locale, bypassCSP: true });
	await page.locator('.plot h3').waitFor();
	await expect.poll(inTable, soon).toBeGreaterThan(0);
	await show(page, `tape-${colorScheme}-${width}`);
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const object = async () => (await inspect(page).analyze()).violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`);
	expect(await object()).toEqual([]);
	await page.evaluate(() => (location.hash = '#tape?rec=market&find=event:quote'));
	await page.getByRole('grid').getByRole('row').nth(1).click();
	expect(await object()).toEqual([]);
});

it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 390 },
] as const)('axe has nothing to object to while nothing is recorded, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
	await open('#tape', { viewport: { width, height: 860 }, colorScheme, bypassCSP: true });
	await page.getByRole('heading', { name: 'Nothing is recorded.' }).waitFor();
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
