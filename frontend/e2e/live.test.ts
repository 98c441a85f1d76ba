import { spawnSync } from 'node:child_process';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** What a person does on Live, with the real program behind it. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: RealHub;
let complaints: string[];

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
});

async function open(how: BrowserContextOptions = {}): Promise<void> {
	hub = new RealHub();
	await hub.start();
	context = await browser.newContext({
		viewport: { width: 1440, height: 900 },
		locale: 'en-US',
		permissions: ['clipboard-read', 'clipboard-write'],
		bypassCSP: true, // for axe
		...how,
	});
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(hub.url);
}

const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const panel = () => page.getByRole('region', { name: 'Message' });
const tick = (data: unknown) => ({ namespace: '/ws/rt_market', event: 'tick', data });

/** Selects the newest message, once there are so many. */
async function selectNewest(of: number): Promise<void> {
	await expect.poll(() => rows().count()).toBe(of);
	await page.keyboard.press('j');
	await panel().getByText('Four times').waitFor();
}

async function axe(): Promise<string[]> {
	const { violations } = await inspect(page).analyze();
	return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`);
}

it('tells what has changed since the message before, and D hides it', async () => {
	await open();
	await hub.publish(tick({ price: 231.43, size: 800, gone: 1 }), { ...tick(1), event: 'other' }, tick({ price: 231.42, size: 800, venue: 'XNAS' }));
	await selectNewest(3);
	const section = panel().locator('section', { hasText: 'Changed since' });
	expect((await section.innerText()).split(/\s+/).join(' ')).toMatch(/Changed since #\d+ 3 of 4 price 231\.43 .*231\.42 −0\.01 venue added "XNAS" gone removed 1/);
	await page.keyboard.press('d');
	await expect.poll(() => section.count()).toBe(0);
	await page.reload(); // the address has the message
	await panel().getByText('Four times').waitFor();
	expect(await section.count()).toBe(0); // remembered
	await page.keyboard.press('d');
	await section.waitFor();
});

it('compares with a pinned message', async () => {
	await open();
	await hub.publish(tick({ n: 1 }), tick({ n: 5 }), tick({ n: 7 }));
	await selectNewest(3);
	await page.getByRole('button', { name: /^Pin/ }).click();
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await panel().getByText(/since #\d+, pinned/).waitFor();
	await panel().getByText('−6').waitFor();
	await page.getByRole('button', { name: 'Take the pin off' }).click();
	await panel().getByText('The hub keeps no earlier message of this stream.').waitFor();
});

it('copies a program that sends the message again to its last digit, and C copies the same way', async () => {
	await open();
	await hub.publish({ event: 'small', data: { n: 1 } });
	await fetch(`${hub.url}/api/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: `{"event":"big","data":{"n":12345678901234567890,"s":"it's \\"\\\\n\\""}}` });
	await selectNewest(2);
	await page.getByRole('button', { name: /^Copy this message/ }).click();
	await page.getByRole('menuitemradio', { name: /^curl/ }).click();
	const copied = () => page.evaluate(() => navigator.clipboard.readText());
	await expect.poll(copied).toContain('12345678901234567890');
	const done = spawnSync('bash', ['-c', `${await copied()} -s`]);
	expect(String(done.stdout), String(done.stderr)).toContain('"accepted":1');
	await expect.poll(() => rows().first().innerText()).toMatch(/big[\s\S]*n:12345678901234567890/);
	await page.evaluate(() => navigator.clipboard.writeText(''));
	await page.keyboard.press('c');
	await expect.poll(copied).toContain('12345678901234567890');
	await page.getByRole('button', { name: /copied|^Copy this/ }).press('Enter');
	await page.keyboard.press('Home'); // the first choice of the menu, and not the list's newest row
	await page.keyboard.press('Enter');
	await expect.poll(copied).toBe(`{"n":12345678901234567890,"s":"it's \\"\\\\n\\""}`);
});

it('sends a message again', async () => {
	await open();
	await hub.publish(tick({ n: 1 }));
	await selectNewest(1);
	await page.getByRole('button', { name: 'Send this message again' }).click();
	await panel().getByText(/^Sent again as #\d+/).waitFor();
	await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('2');
	await page.keyboard.press('Home');
	await expect.poll(() => rows().count()).toBe(2);
});

it('shows binary parts as bytes', async () => {
	await open();
	await page.addScriptTag({ url: '/socket.io/socket.io.js' });
	await page.evaluate(
		(url) =>
			new Promise<void>((said) => {
				const { io } = window as unknown as { io: (url: string) => { emit: (event: string, data: unknown, ack: () => void) => void } };
				io(`${url}/ws`).emit('photo', { bytes: new TextEncoder().encode('Hello\u0000') }, said);
			}),
		hub.url,
	);
	await selectNewest(1);
	await panel().getByText('Hex', { exact: true }).click();
	await panel().getByText('48 65 6c 6c 6f 00').waitFor();
	expect(await page.getByRole('button', { name: /cannot be sent again/ }).isDisabled()).toBe(true);
});

it('folds what a payload holds, and keeps it folded from one message to the next', async () => {
	await open();
	await hub.publish(tick({ a: { deep: 1 }, b: 2 }), tick({ a: { deep: 3 }, b: 4 }));
	await selectNewest(2);
	await page.getByRole('button', { name: 'Fold a' }).click();
	await expect.poll(() => panel().getByText('deep:').count()).toBe(0);
	await page.keyboard.press('j');
	await panel().locator('li', { hasText: /^b:\s2/ }).waitFor();
	expect(await panel().getByText('deep:').count()).toBe(0);
});

it('has room for a source that is years behind', async () => {
	await open();
	await hub.publish({ ...tick(1), source_time: '2019-03-04T09:02:07Z' });
	await selectNewest(1);
	await panel().getByText('2019-03-04').waitFor();
	expect(await panel().evaluate((p) => p.scrollWidth <= p.clientWidth)).toBe(true);
});

it.for(['dark', 'light'] as const)('has nothing that axe objects to with a message open, %s', async (colorScheme) => {
	await open({ colorScheme });
	await hub.publish(tick({ a: [1, { b: 'x' }], price: 1 }), tick({ a: [1], price: 2 }));
	await selectNewest(2);
	await page.getByText('Changed since').waitFor();
	await page.getByRole('button', { name: /^Pin/ }).click();
	await page.getByRole('button', { name: 'Send this message again' }).click();
	await page.getByText(/^Sent again/).waitFor();
	await page.getByRole('button', { name: /^Copy this message/ }).click();
	await page.getByRole('menu').waitFor();
	expect(await axe()).toEqual([]);
});

const streams = () => page.getByRole('complementary', { name: 'Streams' });
const streamNames = () => streams().locator('.stream .name').allTextContents();
const pill = () => page.locator('button.state');

it('folds a namespace, orders its streams and finds one; the page remembers fold and order', async () => {
	await open();
	await hub.publish({ event: 'b' }, { event: 'a' }, { event: 'c' }, tick(1));
	await expect.poll(async () => (await streamNames()).length).toBe(4);
	await page.getByRole('button', { name: 'Loudest' }).click();
	await page.getByRole('menuitemradio', { name: 'Name' }).click();
	await expect.poll(streamNames).toEqual(['a', 'b', 'c', 'tick']);
	await streams().getByRole('button', { name: /^\/ws\s/ }).click();
	await expect.poll(streamNames).toEqual(['tick']);
	await page.reload();
	await expect.poll(streamNames).toEqual(['tick']);
	await page.getByRole('button', { name: 'Find a stream' }).click();
	await page.keyboard.type('B');
	await expect.poll(streamNames).toEqual(['b']);
	await page.keyboard.type('x');
	await streams().getByText('No stream has this in its name.').waitFor();
	await page.keyboard.press('Escape');
	await expect.poll(streamNames).toEqual(['tick']);
	expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Find a stream');
});

it('scrolls past what the page has into what the hub keeps, without a seam', async () => {
	await open();
	await hub.publish(...Array.from({ length: 400 }, (_, n) => ({ event: 'a', data: { n } })));
	await hub.publish(...Array.from({ length: 20 }, (_, n) => ({ event: 'other', data: n })));
	await expect.poll(() => rows().first().innerText()).toContain('other');
	await page.reload(); // it has the newest 50 only
	await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('51');
	const seen = new Set<number>();
	const down = (px: number) => page.getByRole('grid').evaluate((grid, by) => grid.scrollBy(0, by), px);
	await expect
		.poll(async () => {
			for (const text of await rows().locator('.seq').allTextContents()) seen.add(Number(text.replace(',', '')));
			await down(200);
			return seen.size;
		}, { timeout: 20_000, interval: 20 })
		.toBe(420);
	await rows().getByText('The hub keeps nothing older').waitFor();
	expect(await pill().innerText()).toContain('Paused');
	await page.getByRole('button', { name: 'Jump to live' }).click();
	await expect.poll(() => pill().innerText()).toContain('Live');
	await expect.poll(() => page.getByRole('grid').evaluate((grid) => grid.scrollTop)).toBe(0);
});

it('scrolls on within a query', async () => {
	await open();
	await hub.publish(...Array.from({ length: 300 }, (_, n) => ({ event: n % 2 ? 'odd' : 'even', data: n })));
	await streams().getByRole('button', { name: /^odd/ }).click();
	await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('51');
	await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 1e6));
	await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('152'); // with the row of names, and the end
	await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 1e6));
	await expect.poll(() => rows().locator('.event b').allTextContents()).not.toContain('even');
});

it('goes to a time that is pressed in the density strip, or reached by its arrow keys', async () => {
	await open();
	await hub.publish({ event: 'first', data: 1 });
	const strip = page.getByRole('slider', { name: /^How many messages/ });
	await strip.waitFor();
	await expect.poll(async () => (await page.locator('footer').innerText()).includes('msg/s')).toBe(true);
	const [whole] = (await (await fetch(`${hub.url}/api/v1/messages`)).json()).messages;
	await expect.poll(() => Date.now() - Date.parse(whole.accepted_time), { timeout: 5000 }).toBeGreaterThan(3000);
	await hub.publish(...Array.from({ length: 500 }, (_, n) => ({ event: 'late', data: n })));
	await expect.poll(() => rows().first().innerText()).toContain('late');
	const box = await strip.boundingBox();
	if (!box) throw new Error('the strip is not there');
	await page.mouse.click(box.x + box.width * 0.965, box.y + 20); // about 2 s ago
	await rows().getByText('first').waitFor();
	expect(await pill().innerText()).toContain('Paused');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Home');
	await expect.poll(() => rows().first().innerText()).toContain('late');
	await strip.focus();
	await page.keyboard.press('PageUp');
	await rows().getByText('first').waitFor();
});

const box = () => page.getByRole('combobox', { name: 'Query' });
const events = () => rows().locator('.event b').allTextContents();

it('changes a term that is pressed, and takes it back when it is emptied', async () => {
	await open();
	await hub.publish({ event: 'a' }, { event: 'b' }, { event: 'c' });
	await rows().first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('event:a ');
	await expect.poll(events).toEqual(['a']);
	await page.getByRole('button', { name: 'event:a', exact: true }).click();
	expect(await box().inputValue()).toBe('event:a');
	await page.keyboard.press('Backspace');
	await page.keyboard.type('b');
	await page.keyboard.press('Enter');
	await expect.poll(events).toEqual(['b']);
	await page.keyboard.press('Backspace'); // the last term, to be changed
	expect(await box().inputValue()).toBe('event:b');
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.press('Delete');
	await page.keyboard.press('Enter');
	await expect.poll(async () => (await events()).sort()).toEqual(['a', 'b', 'c']);
});

it('marks what a query selects and dims the rest with Highlight, counts exactly, and hides it again with Filter', async () => {
	await open();
	await hub.publish({ event: 'a' }, { event: 'b' });
	await rows().first().waitFor();
	await page.getByText('Highlight', { exact: true }).click();
	await streams().getByRole('button', { name: /^a/ }).first().click();
	await expect.poll(() => page.locator('.row.hit').count()).toBe(1);
	expect(await page.locator('.row.dim .event b').allTextContents()).toEqual(['b']);
	await page.getByText('0 of 0', { exact: true }).waitFor();
	await hub.publish({ event: 'a' }, { event: 'a' }, { event: 'b' });
	await page.getByText('2 of 3', { exact: true }).waitFor();
	await expect.poll(() => page.locator('.row.hit').count()).toBe(3);
	await page.getByText('Filter', { exact: true }).click();
	await expect.poll(events).toEqual(['a', 'a', 'a']);
});

it('completes what is written with Tab, and asks again for a query of before', async () => {
	await open();
	await hub.publish({ event: 'temperature' }, { event: 'b' });
	await rows().first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('temp');
	await page.getByRole('option', { name: 'event:temperature' }).waitFor();
	await page.keyboard.press('Tab');
	await expect.poll(events).toEqual(['temperature']);
	await page.keyboard.press('Escape');
	await page.keyboard.press('Escape'); // leaves the box, then clears the query
	await expect.poll(async () => (await events()).length).toBe(2);
	await page.getByRole('button', { name: /^Queries/ }).click();
	await page.getByRole('dialog').getByText('event:temperature').click();
	await expect.poll(events).toEqual(['temperature']);
});

it.for([
	['dark', 1440],
	['light', 1440],
	['light', 390],
] as const)('has nothing that axe objects to while a query is written, %s, %i px wide', async ([colorScheme, width]) => {
	await open({ colorScheme, viewport: { width, height: 860 } });
	await hub.publish({ event: 'a' }, { event: 'b' });
	await rows().first().waitFor();
	if (width === 390) await page.getByRole('button', { name: 'Query', exact: true }).click();
	else await page.keyboard.press('/');
	await page.keyboard.type('event:a ');
	await page.getByRole('button', { name: 'Remove event:a' }).waitFor();
	await page.getByText('Highlight', { exact: true }).click();
	await page.locator('.row.dim').waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('ev');
	await page.getByRole('option').first().waitFor();
	expect(await axe()).toEqual([]);
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^Queries/ }).click();
	await page.getByRole('dialog').waitFor();
	expect(await axe()).toEqual([]);
});

it('lists no message of a muted stream, by its eye and by M, and counts the others exactly', async () => {
	await open();
	await hub.publish({ event: 'a' }, { event: 'two words' }, { event: 'b' });
	await expect.poll(async () => (await events()).length).toBe(3);
	await page.getByRole('button', { name: 'Mute two words' }).click();
	await expect.poll(async () => (await events()).sort()).toEqual(['a', 'b']);
	expect(await streams().locator('.stream', { hasText: 'two words' }).locator('.name').evaluate((n) => getComputedStyle(n).textDecorationLine)).toBe('line-through');
	await page.keyboard.press('j');
	const selected = await panel().getByRole('heading', { level: 2 }).innerText();
	await page.keyboard.press('m');
	const left = ['a', 'b'].filter((e) => e !== selected);
	await expect.poll(events).toEqual(left);
	await page.keyboard.press('Escape');
	await page.keyboard.press('/');
	await page.keyboard.type(`event:${left[0]} `);
	await page.getByText('0 of 0', { exact: true }).waitFor();
	await hub.publish({ event: 'a' }, { event: 'two words' }, { event: 'b' });
	await page.getByText('1 of 3', { exact: true }).waitFor();
	await page.getByRole('button', { name: 'Mute two words' }).click(); // lists it again
	await page.getByRole('button', { name: `Remove event:${left[0]}` }).click();
	await expect.poll(async () => (await events()).sort()).toEqual([left[0], left[0], 'two words', 'two words']);
});

it('mutes and highlights streams on a phone', async () => {
	await open({ viewport: { width: 390, height: 844 }, hasTouch: true });
	await hub.publish({ event: 'a' }, { event: 'b' }, { event: 'c' });
	await expect.poll(() => rows().count()).toBe(3);
	await page.getByRole('button', { name: 'Show the streams' }).tap();
	const mute = streams().getByRole('button', { name: 'Mute b' });
	expect((await mute.boundingBox())?.height).toBe(44);
	await mute.tap();
	await expect.poll(() => rows().count()).toBe(2);
	await page.keyboard.press('Escape');
	await streams().waitFor({ state: 'hidden' });
	expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Show the streams');
	const chips = page.getByRole('list', { name: 'Streams' });
	await chips.getByRole('button').filter({ hasText: /^\s*a/ }).tap();
	await expect.poll(() => rows().count()).toBe(1);
	await page.locator('label', { hasText: 'Highlight' }).tap();
	await expect.poll(() => rows().count()).toBe(2); // of the muted one there is still nothing
});

it('marks what data terms and words have found', async () => {
	await open();
	await hub.publish(tick({ symbol: 'AAPL', price: 231.5 }), tick({ symbol: 'MSFT', price: 12 }));
	await rows().first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('data.price>200 ');
	await expect.poll(() => rows().locator('i.marked').allTextContents()).toEqual(['231.5']);
	await page.keyboard.type('aapl ');
	await expect.poll(() => rows().locator('i.marked').allTextContents()).toEqual(['"AAPL"', '231.5']);
});

it('underlines the part of a query that is wrong', async () => {
	await open();
	await hub.publish(tick(1));
	await rows().first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('event:tick size>many');
	await page.keyboard.press('Enter');
	await page.getByRole('alert').waitFor();
	expect(await page.getByRole('search').locator('u').textContent()).toMatch(/many/);
	complaints = complaints.filter((line) => !line.includes('400')); // the browser's own line
});

it('saves a query under a name, for every page of the hub, and deletes it', async () => {
	await open();
	await hub.publish({ event: 'a' }, { event: 'b' });
	await rows().first().waitFor();
	await page.keyboard.press('/');
	await page.keyboard.type('event:a ');
	await expect.poll(events).toEqual(['a']);
	await page.getByRole('button', { name: /^Queries/ }).click();
	await page.getByRole('textbox', { name: 'Save this query as …' }).fill('Only a');
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: /^Queries/ });
	await dialog.getByRole('button', { name: 'Delete Only a' }).waitFor();
	expect(await axe()).toEqual([]);
	await page.keyboard.press('Escape');
	await page.goto(hub.url);
	await page.reload(); // another page, without the query in its address
	await expect.poll(async () => (await events()).length).toBe(2);
	await page.evaluate(() => localStorage.clear());
	await page.getByRole('button', { name: /^Queries/ }).click();
	await dialog.getByText('Only a').click();
	await expect.poll(events).toEqual(['a']);
	await page.getByRole('button', { name: /^Queries/ }).click();
	await dialog.getByRole('button', { name: 'Delete Only a' }).click();
	await expect.poll(() => dialog.getByText('Only a').count()).toBe(0);
});

it('leaves the state of the list in reach where a message lies over the list', async () => {
	await open({ viewport: { width: 1000, height: 700 } });
	await hub.publish(tick(1));
	await selectNewest(1);
	await pill().click();
	await expect.poll(() => pill().innerText()).toContain('Live');
});
