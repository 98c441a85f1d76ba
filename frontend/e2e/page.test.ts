import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from './browser';
import { MadeUpHub, origin } from './madeup';
import { Traffic, wireTime } from './traffic';

/** The page against a made-up hub: what it shows of every state a hub can be in. */
let browser: Browser;
let context: BrowserContext;
let page: Page;
let hub: MadeUpHub;
let traffic: Traffic;

beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());
afterEach(async () => {
	await context.close();
	expect(hub.complaints).toEqual([]);
	expect(hub.strangers).toEqual([]);
});

async function open(how: BrowserContextOptions = {}, prepare: (page: Page) => Promise<unknown> = async () => {}) {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	await prepare(page);
	await hub.open(page);
}
/** Some seconds of traffic at once. */
function play(frames: number): void {
	for (let i = 0; i < frames; i++) hub.say(traffic.frame());
}
/** What the page sends on the feed for the nth query it asks for. */
const asked = (n: number, query: string) => JSON.stringify({ type: 'query', number: n, query, highlight: '' });
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const pill = () => page.locator('button.state');
const reading = (label: string) => page.locator('footer .reading', { hasText: label }).locator('.value');

describe('a hub with traffic', () => {
	/** Opens the page on a hub that has been busy for a minute. */
	async function openBusy(how: BrowserContextOptions = {}) {
		traffic = new Traffic(Date.now() - 70_000);
		traffic.warmUp(62);
		hub = new MadeUpHub(traffic.hello());
		hub.messages = traffic.messages;
		await open(how);
		await rows().nth(5).waitFor(); // what was before: with all that follows it would not be older
		play(20);
		await expect.poll(() => reading('Emitting').textContent()).toContain('msg/s');
		await rows().nth(5).waitFor();
	}

	it('shows the newest message on top', async () => {
		await openBusy();
		const newest = traffic.messages.toSorted((a, b) => ((a.emitted_time ?? '') < (b.emitted_time ?? '') ? 1 : -1))[0];
		await expect.poll(() => rows().first().textContent()).toContain(newest?.event);
		expect(await rows().count()).toBeLessThan(60);
	});

	it('keeps still while paused, says how much is new, and goes on', async () => {
		await openBusy();
		await page.keyboard.press('Space');
		const first = await rows().first().textContent();
		play(40);
		await expect.poll(() => pill().textContent()).toMatch(/Paused.*2\d\d new/);
		expect(await rows().first().textContent()).toBe(first);
		await page.keyboard.press('Space');
		await expect.poll(() => rows().first().textContent()).not.toBe(first);
		expect(await pill().textContent()).toContain('Live');
	});

	it('pauses by itself when scrolled away from the top, and goes live at Home', async () => {
		await openBusy();
		play(60);
		await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 500));
		await expect.poll(() => pill().textContent()).toContain('Paused');
		const shown = await rows().allTextContents();
		play(20);
		await expect.poll(() => pill().textContent()).toContain('new');
		expect(await rows().allTextContents()).toEqual(shown);
		await page.keyboard.press('Home');
		await expect.poll(() => pill().textContent()).toContain('Live');
		expect(await page.getByRole('grid').evaluate((grid) => grid.scrollTop)).toBe(0);
	});

	it('says on other screens only how the connection is, and keeps the list paused that was paused by hand', async () => {
		await openBusy();
		await page.keyboard.press('Space');
		play(20);
		await expect.poll(() => pill().textContent()).toMatch(/Paused.*new/);
		await page.keyboard.press('2');
		await expect.poll(() => pill().textContent()).toBe('Live');
		expect(await pill().isDisabled()).toBe(true);
		await page.keyboard.press('1');
		await expect.poll(() => pill().textContent()).toMatch(/Paused.*new/);
	});

	it('is live again when it comes back from another screen at its top', async () => {
		await openBusy();
		play(60);
		await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 500));
		await expect.poll(() => pill().textContent()).toContain('Paused');
		await page.keyboard.press('5');
		await page.getByRole('grid').waitFor({ state: 'detached' });
		await page.keyboard.press('1');
		await page.getByRole('grid').waitFor();
		expect(await pill().textContent()).toContain('Live');
	});

	it('marks late and lost messages in words and not by colour alone', async () => {
		await openBusy();
		const at = wireTime(Date.now());
		const row = { namespace: '/ws', event: 'tick', time: at, preview: '{}', size: 2, sockets: 1, late_us: 840, outcome: 'emitted' };
		hub.say({ ...traffic.frame(), messages: [{ ...row, seq: 900_001, late: true }, { ...row, seq: 900_002, outcome: 'dropped', reason: 'oldest' }] });
		await expect.poll(() => rows().first().textContent()).toMatch(/lost.*lane full/);
		expect(await rows().nth(1).textContent()).toMatch(/late\s*0\.84 ms/);
	});

	it('says where the feed skipped messages, and that it shows a sample', async () => {
		await openBusy();
		hub.say({ ...traffic.frame(), lost: 1234, matched: 8 });
		await expect.poll(() => rows().filter({ hasText: '1,234 messages' }).count()).toBe(1);
		for (let i = 0; i < 40; i++) {
			const frame = traffic.frame();
			hub.say({ ...frame, messages: frame.messages.slice(0, 1), matched: 8 });
		}
		await expect.poll(() => page.getByRole('main').textContent()).toContain('showing 1 in 8');
	});

	it('shows the whole of a message that is selected, by keyboard too', async () => {
		await openBusy();
		await page.keyboard.press('j');
		const panel = page.getByRole('region', { name: 'Message' });
		await panel.getByText('Four times').waitFor();
		expect(await panel.textContent()).toMatch(/source.*accepted.*due/s);
		const before = await panel.getByRole('heading', { level: 2 }).locator('..').textContent();
		await page.keyboard.press('ArrowDown');
		await expect.poll(() => panel.getByRole('heading', { level: 2 }).locator('..').textContent()).not.toBe(before);
		expect(await page.getByRole('row', { selected: true }).count()).toBe(1);
		await page.keyboard.press('Escape');
		await expect.poll(() => panel.count()).toBe(0);
	});

	it('selects the message that was under the finger when it came down', async () => {
		await openBusy({ viewport: { width: 390, height: 844 }, hasTouch: true });
		const target = rows().nth(3);
		const shown = await target.textContent();
		const seq = await target.evaluate((row) => row.querySelector('.seq')?.textContent);
		await target.dispatchEvent('pointerdown', { pointerType: 'touch' });
		play(4);
		await expect.poll(() => target.textContent()).not.toBe(shown);
		await target.dispatchEvent('click');
		await page.getByRole('region', { name: 'Message' }).getByText(`#${seq}`).waitFor();
	});

	it('selects a message that is pressed by a pointer at rest', async () => {
		await openBusy();
		const box = await rows().nth(5).boundingBox();
		await page.mouse.move((box?.x ?? 0) + 400, (box?.y ?? 0) + 10);
		await page.keyboard.press('Home'); // the list moves again, under the pointer
		await expect.poll(() => pill().textContent()).toContain('Live');
		await page.mouse.down();
		play(10);
		await expect.poll(() => pill().textContent()).toContain('new');
		await page.mouse.up();
		await page.getByRole('region', { name: 'Message' }).getByText('Four times').waitFor();
	});

	it('unwraps JSON inside a string', async () => {
		await openBusy();
		const wrapped = traffic.messages.find((m) => m.event === 'message' && m.namespace === '/ws');
		await page.getByRole('grid').getByText('message', { exact: true }).first().click();
		await page.getByText('JSON inside a string').waitFor();
		expect(wrapped).toBeDefined();
	});

	it('opens the message that is asked for by the first key, though its past is still on the way', async () => {
		traffic = new Traffic(Date.now() - 70_000);
		traffic.warmUp(62);
		hub = new MadeUpHub(traffic.hello());
		hub.messages = traffic.messages;
		let answer = () => {};
		hub.past = new Promise<void>((resolve) => (answer = resolve));
		await open({ viewport: { width: 390, height: 844 } });
		await page.keyboard.press('j'); // there is nothing yet: it must not stop the list
		play(2);
		await rows().first().waitFor();
		await page.keyboard.press('j');
		await page.getByText('Four times').waitFor();
		const shown = await page.getByRole('grid').getAttribute('aria-rowcount');
		answer();
		await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).not.toBe(shown); // what is older comes below
		await page.keyboard.press('l');
		expect(await page.getByText('Four times').count()).toBe(1);
	});

	it('lists one stream only, and asks the hub for it', async () => {
		await openBusy();
		await page.getByRole('button', { name: /^vibration/ }).click();
		await expect.poll(() => hub.heard).toContain(asked(1, 'ns:/ws/sensors event:vibration'));
		play(20);
		await expect.poll(() => rows().count()).toBeGreaterThan(3);
		await page.keyboard.press('Escape');
		await expect.poll(() => hub.heard.at(-1)).toBe(asked(2, ''));
	});

	it('writes a query by keyboard, takes it back term by term, and shows what the hub says of a bad one', async () => {
		await openBusy();
		await page.keyboard.press('/');
		await page.keyboard.type('event:tick ');
		await expect.poll(() => hub.heard.at(-1)).toBe(asked(1, 'event:tick'));
		await page.keyboard.type('size:3');
		await page.keyboard.press('Enter');
		await page.getByRole('alert').getByText('query field "size" is unknown').waitFor();
		await page.getByText('the fields are ns and event').waitFor();
		expect(await page.getByRole('search').locator('u').textContent()).toBe('size:3'); // underlined
		expect(hub.heard.filter((line) => line.includes('size'))).toEqual([]);
		await page.keyboard.press('ControlOrMeta+a');
		await page.keyboard.type('ns:/ws/rt');
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('Enter');
		await expect.poll(() => hub.heard.at(-1)).toBe(asked(2, 'event:tick ns:/ws/rt_market'));
		await page.getByRole('button', { name: 'Remove event:tick' }).click();
		await expect.poll(() => hub.heard.at(-1)).toBe(asked(3, 'ns:/ws/rt_market'));
		hub.complaints = hub.complaints.filter((line) => !line.includes('400')); // the browser's own line
	});

	it('counts what a query selects of all since it began', async () => {
		await openBusy();
		await page.getByRole('button', { name: /^vibration/ }).click();
		await page.getByText('0 of 0', { exact: true }).waitFor();
		const counters = traffic.frame().counters;
		const frame = (matched: number, ended: number, query = 1) => hub.say({ ...traffic.frame(), counters, query, matched, ended });
		frame(10, 10, 7); // left before the query was known
		frame(7, 1200);
		frame(3, 1200);
		await page.getByText('10 of 2,400', { exact: true }).waitFor();
	});

	it('keeps rows still under the pointer, says what is new, and goes on when it leaves', async () => {
		await openBusy();
		const first = await rows().first().textContent();
		const box = await rows().nth(4).boundingBox();
		await page.mouse.move((box?.x ?? 0) + 60, (box?.y ?? 0) + 10);
		await page.mouse.move((box?.x ?? 0) + 62, (box?.y ?? 0) + 10);
		await expect.poll(() => pill().textContent()).toContain('Held');
		const held = await rows().first().textContent();
		play(40);
		await expect.poll(() => pill().textContent()).toMatch(/Held.*2\d\d new/);
		expect(await rows().first().textContent()).toBe(held);
		await page.mouse.move(5, 5);
		await expect.poll(() => rows().first().textContent()).not.toBe(first);
		expect(await pill().textContent()).toContain('Live');
	});

	it('tells the time since the last emit of the same stream, of fetched messages too', async () => {
		await openBusy();
		await expect.poll(() => rows().first().locator('.since').textContent()).toMatch(/^\+\d+\.\d\d$/);
		play(1);
		await page.keyboard.press('Space');
		// What is fetched on the way makes the list longer, and ends it with a line that has no time.
		const oldest = async () => {
			await page.getByRole('grid').evaluate((grid) => grid.scrollTo(0, 1e6));
			return (await rows().locator('.since').allTextContents()).at(-1);
		};
		await expect.poll(oldest).toBe('–');
		const known = rows().locator('.since').filter({ hasText: '+' });
		await expect.poll(() => known.count()).toBeGreaterThan(3);
	});

	it('has room for a number of ten digits', async () => {
		await openBusy({ viewport: { width: 820, height: 700 } });
		const row = { namespace: '/ws', event: 'tick', time: wireTime(Date.now()), preview: '{}', size: 2, sockets: 1, late_us: 84, outcome: 'emitted' };
		hub.say({ ...traffic.frame(), messages: [{ ...row, seq: 1_234_567_890 }] });
		await expect.poll(() => rows().first().locator('.seq').textContent()).toBe('1,234,567,890');
		expect(await rows().first().locator('.seq').evaluate((cell) => cell.scrollWidth <= cell.clientWidth)).toBe(true);
	});

	it.for([1440, 1200, 1024, 900, 820, 760, 700, 660])('has no heads that touch, nor a cut row, %i px wide', async (width) => {
		await openBusy({ viewport: { width, height: 777 } });
		const heads = await page.getByRole('columnheader').evaluateAll((all) => all.map((head) => head.scrollWidth - head.clientWidth));
		expect(Math.max(...heads)).toBeLessThanOrEqual(0);
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
		const cut = await page.getByRole('grid').evaluate((grid) => (grid.clientHeight - 26) % 26);
		expect(cut).toBe(0);
	});

	it('fills a phone down to the deck', async () => {
		await openBusy({ viewport: { width: 390, height: 844 } });
		const bottom = await page.getByRole('grid').evaluate((grid) => grid.getBoundingClientRect().bottom);
		expect(bottom).toBe((await page.locator('footer').boundingBox())?.y);
	});

	it('closes help, then the message, then the query, with Esc', async () => {
		await openBusy();
		await page.getByRole('button', { name: /^tick/ }).click();
		await expect.poll(() => hub.heard.length).toBe(1);
		play(20);
		await rows().nth(3).waitFor();
		await page.keyboard.press('j');
		const panel = page.getByRole('region', { name: 'Message' });
		await panel.getByText('Four times').waitFor();
		await page.keyboard.press('?');
		const help = page.getByRole('dialog', { name: 'Keys' });
		await help.waitFor();
		await page.keyboard.press('t'); // the page's keys wait
		expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
		await page.keyboard.press('Escape');
		await expect.poll(() => help.isVisible()).toBe(false);
		expect(await panel.isVisible()).toBe(true);
		await page.keyboard.press('Escape');
		await expect.poll(() => panel.count()).toBe(0);
		expect(hub.heard.length).toBe(1);
		await page.keyboard.press('Escape');
		await expect.poll(() => hub.heard.at(-1)).toBe(asked(2, ''));
	});

	it('steps through one stream, and to what was late or lost', async () => {
		await openBusy();
		const at = wireTime(Date.now());
		const row = { namespace: '/ws', time: at, preview: '{}', size: 2, sockets: 1, late_us: 5, outcome: 'emitted' };
		const made = [
			{ ...row, seq: 900_001, event: 'a', late: true },
			{ ...row, seq: 900_002, event: 'b' },
			{ ...row, seq: 900_003, event: 'b', outcome: 'dropped', reason: 'oldest' },
			{ ...row, seq: 900_004, event: 'a' },
		];
		const [whole] = traffic.messages;
		if (whole) hub.messages = made.map(({ seq }) => ({ ...whole, seq })); // each can be fetched when it is selected
		hub.say({ ...traffic.frame(), messages: made });
		await expect.poll(() => rows().first().locator('.seq').textContent()).toBe('900,004');
		const selected = () => page.getByRole('row', { selected: true }).locator('.seq').textContent();
		const seen: (string | null)[] = [];
		for (const key of ['j', ']', '[', 'l', 'l', 'k']) {
			await page.keyboard.press(key);
			seen.push(await selected());
		}
		expect(seen).toEqual(['900,004', '900,001', '900,004', '900,003', '900,001', '900,002']);
	});

	it('shows five screens as links, by number keys, and along the bottom of a phone', async () => {
		await openBusy();
		const tabs = page.getByRole('navigation', { name: 'Screens' }).getByRole('link');
		expect(await tabs.allInnerTexts()).toEqual(['Live\n1', 'Timing\n2', 'Clients\n3', 'Tape\n4', 'Compose\n5']);
		const current = () => page.locator('nav [aria-current=page]').getAttribute('href');
		for (const [key, hash] of [['2', '#timing'], ['5', '#compose'], ['1', '#live']] as const) {
			await page.keyboard.press(key);
			await expect.poll(current).toMatch(new RegExp(`^${hash}`)); // and what is looked at there
			expect(new URL(page.url()).hash).toBe(await current());
		}
		await page.keyboard.press('3');
		await page.keyboard.press('/');
		await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('query');
		expect(await current()).toBe('#live');
		await page.setViewportSize({ width: 390, height: 844 });
		await expect.poll(async () => (await page.getByRole('navigation').boundingBox())?.y).toBeGreaterThan(780);
		for (const box of await Promise.all((await tabs.all()).map((tab) => tab.boundingBox()))) expect(box?.height).toBeGreaterThanOrEqual(44);
	});

	it('has the streams in a drawer where there is no room for them', async () => {
		await openBusy({ viewport: { width: 900, height: 700 } });
		const rail = page.getByRole('complementary', { name: 'Streams' });
		expect(await rail.isVisible()).toBe(false);
		await page.getByRole('button', { name: 'Show the streams' }).click();
		await rail.getByText('vibration').waitFor();
		await page.keyboard.press('Escape');
		await expect.poll(() => rail.isVisible()).toBe(false);
	});

	it('fetches a message again by itself once the hub is back', async () => {
		await openBusy();
		await hub.goDown();
		await expect.poll(() => pill().textContent()).toContain('Not connected');
		const asked = page.waitForRequest(/messages\/\d+$/);
		await page.route('**/api/v1/messages/*', (route) => route.abort(), { times: 1 });
		await page.keyboard.press('j');
		await asked;
		await page.getByText('It is fetched again once the hub is back.').waitFor();
		hub.up = true;
		await page.getByText('Four times').waitFor();
		hub.complaints = hub.complaints.filter((line) => !line.includes('net::ERR_FAILED')); // the browser's own line
	});

	it('keeps every value when the connection is lost, greys it, and marks the gap', async () => {
		await openBusy();
		const rate = await reading('Emitting').textContent();
		const seen = await rows().count();
		await hub.goDown();
		await expect.poll(() => pill().textContent(), { timeout: 6000 }).toMatch(/Not connected · [12] s, trying again/);
		expect(await reading('Emitting').textContent()).toBe(rate);
		expect(await rows().count()).toBe(seen);
		expect(await page.locator('footer').textContent()).toContain('last heard');
		hub.up = true;
		await expect.poll(() => pill().textContent(), { timeout: 8000 }).toContain('Live');
		play(2);
		await expect.poll(() => rows().filter({ hasText: 'Not connected for' }).count()).toBe(1);
	});

	it('says that the hub is stopping, and then that it was stopped', async () => {
		await openBusy();
		hub.say({ type: 'stopping' });
		await expect.poll(() => pill().textContent()).toBe('The hub is stopping');
		await hub.goDown();
		await expect.poll(() => pill().textContent()).toContain('The hub was stopped');
	});

	it('remembers the theme and the language', async () => {
		await openBusy();
		await page.keyboard.press('t');
		await page.getByRole('button', { name: 'Settings' }).click();
		await page.getByText('中文', { exact: true }).click();
		await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('light');
		await page.reload();
		await page.getByText('消息流').first().waitFor();
		expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
		expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
	});

	it('follows the theme of the system', async () => {
		await openBusy({ colorScheme: 'light' });
		expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
		await page.emulateMedia({ colorScheme: 'dark' });
		await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('dark');
	});

	it('fits a phone', async () => {
		await openBusy({ viewport: { width: 390, height: 844 }, hasTouch: true });
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
		await rows().nth(2).tap();
		const panel = await page.getByRole('region', { name: 'Message' }).boundingBox();
		expect(panel?.width).toBe(390);
	});
});

describe('a hub without traffic', () => {
	async function openEmpty(how: BrowserContextOptions = {}, prepare?: (page: Page) => Promise<unknown>) {
		hub = new MadeUpHub({ ...new Traffic(Date.now()).hello('127.0.0.1:8092', false), points: [] });
		await open(how, prepare);
	}

	it('says so, and what to paste, with its own address in it', async () => {
		await openEmpty({ permissions: ['clipboard-read', 'clipboard-write'] });
		await page.getByText('Nothing has been sent yet.').waitFor();
		for (const name of ['Python', 'JavaScript', 'Go', 'curl']) {
			await page.getByText(name, { exact: true }).click();
			expect(await page.locator('pre').first().textContent(), name).toContain(`${origin}/api/v1/messages`);
		}
		await page.getByRole('button', { name: 'Copy' }).first().click();
		await page.getByText('Copied').waitFor();
		expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await page.locator('pre').first().textContent());
	});

	it('has no reading that does not exist', async () => {
		await openEmpty();
		await page.getByText('Nothing has been sent yet.').waitFor();
		expect(await page.locator('footer .value').allTextContents()).toEqual(Array(7).fill('–'));
	});

	it('becomes the live page with the first message', async () => {
		await openEmpty();
		await page.getByText('Nothing has been sent yet.').waitFor();
		traffic = new Traffic(Date.now());
		play(1);
		await expect.poll(() => rows().count()).toBeGreaterThan(0);
		expect(await page.getByText('Nothing has been sent yet.').count()).toBe(0);
	});

	it('starts where navigator.language is no language', async () => {
		await openEmpty({}, (p) =>
			p.addInitScript(() => {
				Object.defineProperty(navigator, 'language', { get: () => 'C', configurable: true });
				Object.defineProperty(navigator, 'languages', { get: () => ['C'], configurable: true });
			}),
		);
		await page.getByText('Nothing has been sent yet.').waitFor();
	});

	it('explains why it is not admitted', async () => {
		hub = new MadeUpHub(new Traffic(Date.now()).hello());
		hub.refusal = { status: 403, body: { code: 'wrong_host', message: 'This hub is not called that.', hint: 'Use its address.' } };
		await open();
		await page.getByText('This hub is not called that.').waitFor();
		await page.getByText('Use its address.').waitFor();
		hub.complaints = hub.complaints.filter((line) => !line.includes('403')); // the browser's own line
	});

	it('tells what to check when the hub has never answered, and tries at once when asked', async () => {
		hub = new MadeUpHub(new Traffic(Date.now()).hello());
		hub.up = false;
		await open();
		await page.getByRole('heading', { name: 'The hub does not answer.' }).waitFor();
		// Before the press the page would find it by itself, and there would be no button.
		await page.exposeFunction('goUp', () => (hub.up = true));
		await page.evaluate('addEventListener("click", goUp, true)');
		await page.getByRole('button', { name: 'Try now', exact: true }).click();
		await expect.poll(() => pill().textContent()).toContain('Live');
	});
});
