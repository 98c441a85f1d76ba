import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { inspect, startBrowser } from './browser';
import { MadeUpHub } from './madeup';
import { Traffic } from './traffic';

/** The screen Timing against a made-up hub. What its plots look like is for eyes; here is what they say. */
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
});

async function open(how: BrowserContextOptions = {}, lanes: MadeUpHub['lanes'] = []) {
	traffic = new Traffic(Date.now() - 13_000);
	hub = new MadeUpHub(traffic.hello());
	hub.lanes = lanes;
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: 'dark', locale: 'en-US', ...how });
	page = await context.newPage();
	await hub.open(page);
	await page.keyboard.press('2');
	await cursor().waitFor();
	await expect.poll(() => hub.feeds.length).toBe(1);
}

/** Seconds of traffic at once; in each of them the lane of 10 ms has 100 emits, and one of them is late. */
function play(seconds: number): void {
	for (let i = 0; i < seconds * 20; i++) {
		const frame = traffic.frame();
		for (const lane of frame.second?.lane_points ?? []) {
			const emitted = lane.namespace === '/ws/rt_market' ? 100 : 20;
			lane.point = {
				...lane.point, emitted, missed_slots: 0, late: emitted === 100 ? 1 : 0, spread: { first: 9, counts: [emitted] },
				interval_error: { p50_us: 12, p90_us: 40, p99_us: 96, max_us: 210, spread: { first: 10, counts: [emitted] } },
				queue_wait: { p50_us: 10_800, p90_us: 15_000, p99_us: 21_000, max_us: 30_000, spread: { first: 40, counts: [emitted] } },
			};
		}
		hub.say(frame);
	}
}

const cursor = () => page.getByRole('slider', { name: /^Cursor/ });
const verdict = () => page.locator('main header p');

it('says in one sentence how steady the busiest lane with a pace was', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toMatch(/^\s*Every 10\.000 ms was asked for\. 990 of 1,000 kept it; 10 late, drift 0\.\s*$/);
});

it('says so of all lanes, when asked', async () => {
	await open();
	play(12);
	await page.getByText('All lanes').click();
	play(2);
	await expect.poll(() => verdict().textContent()).toContain('on time');
});

it('asks the hub once for what a longer time needs', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toContain('990');
	const asked: string[] = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	await page.getByText('10 m', { exact: true }).click();
	await page.getByText('each 10 s in it').waitFor();
	await expect.poll(() => asked).toContain('/api/v1/streams/points');
	expect(asked.filter((path) => path === '/api/v1/points')).toHaveLength(1);
});

it('finds one lane among many', async () => {
	await open();
	play(2);
	for (let i = 0; i < 20; i++) {
		const frame = traffic.frame();
		for (let n = 0; n < 100; n++)
			frame.lanes.push({ namespace: `/ws/room${n}`, depth: n, capacity: 5000, period_us: 0, ago_us: [], late_us: [] });
		hub.say(frame);
	}
	await page.getByRole('button', { name: /^Lane: / }).click();
	const chooser = page.getByRole('dialog', { name: 'Choose a lane' });
	await chooser.locator('input:focus').waitFor();
	await page.keyboard.type('room7');
	await expect.poll(() => chooser.getByRole('listitem').count()).toBe(11);
	await page.keyboard.type('3');
	await page.keyboard.press('Enter');
	await chooser.waitFor({ state: 'hidden' });
	await page.getByRole('button', { name: 'Lane: /ws/room73' }).waitFor();
});

it('tells readers the values of each second', async () => {
	await open();
	play(12);
	const rows = (name: RegExp) => page.getByRole('table', { name }).locator('tbody tr');
	await expect.poll(() => rows(/step by step/).count()).toBe(10);
	const cells = await rows(/step by step/).last().locator('td').allTextContents();
	expect(cells.slice(1, 4)).toEqual(['100', '1', '0']);
	expect(cells.slice(-2)).toEqual(['96 µs', '21.00 ms']);
	expect(await rows(/^Rate/).count()).toBeGreaterThan(1);
	expect(await rows(/^Lateness: p50 .*, p90 .*, p99 .*, max /).last().locator('td').last().textContent()).toBe('100.0 %');
	// What a browser does not lay out it may keep from readers, too.
	const session = await page.context().newCDPSession(page);
	const { nodes } = await session.send('Accessibility.getFullAXTree');
	expect(nodes.filter((n) => n.role?.value === 'cell').length).toBeGreaterThan(100);
});

it('shows everybody tables in the place of plots, and plots again', async () => {
	await open();
	play(12);
	const tables = page.getByRole('region', { name: 'What the plots show, as tables' });
	await page.getByRole('button', { name: 'Show as tables' }).click();
	expect((await tables.boundingBox())?.height).toBeGreaterThan(300);
	expect(await page.locator('main canvas').count()).toBe(0);
	await page.getByRole('button', { name: 'Show as plots' }).click();
	await page.locator('main canvas').first().waitFor();
	expect((await tables.boundingBox())?.height).toBe(1);
});

it('steps from emit to emit with the arrow keys, holds still, and lets go', async () => {
	await open();
	play(12);
	const at = async () => (await cursor().getAttribute('aria-valuetext')) ?? '';
	await expect.poll(() => verdict().textContent()).toContain('990');
	await cursor().focus();
	await cursor().press('ArrowLeft');
	const newest = await at();
	await cursor().press('ArrowLeft');
	const before = await at();
	expect(newest).toMatch(/^\d\d:\d\d:\d\d\.\d{3}$/);
	expect(Number(newest.slice(6)) - Number(before.slice(6))).toBeCloseTo(0.01, 2);
	await page.getByText('Held').waitFor();

	play(3);
	expect(await at()).toBe(before);
	await cursor().press('Escape');
	await page.getByText('Held').waitFor({ state: 'detached' });
});

it('has the same frame before anything was emitted, with a sentence and no zeros', async () => {
	await open();
	await expect.poll(() => verdict().textContent()).toContain('No emits yet');
	expect(await page.locator('main canvas').count()).toBeGreaterThan(4);
	expect(await page.locator('main .values').first().textContent()).toContain('–');
});

/** The plots that have every emit in them, and how wide they are. */
async function strip() {
	const box = await page.getByRole('region', { name: 'Every emit' }).locator('canvas').first().boundingBox();
	if (!box) throw new Error('there is no strip');
	return box;
}
const bar = () => page.getByRole('group', { name: 'What is selected' });

/** Drags over the plots, from one share of their width to another. */
async function drag(from: number, to: number): Promise<void> {
	const { x, y, width } = await strip();
	await page.mouse.move(x + from * width, y + 200);
	await page.mouse.down();
	await page.mouse.move(x + to * width, y + 200, { steps: 5 });
	await page.mouse.up();
}

it('selects a span by a drag, and lists what was emitted in it', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toContain('990');
	await drag(0.4, 0.6);
	await bar().getByText(/^[12]\.\d\d s$/).waitFor();
	await bar().getByText(/^\d\d\d emits$/).waitFor();
	play(2);
	await bar().getByRole('button', { name: 'Show these messages' }).click();
	await page.getByRole('grid').waitFor();
	const query = new URLSearchParams(new URL(page.url()).hash.split('?')[1]).get('q') ?? '';
	expect(query).toMatch(/^ns:\/ws\/rt_market time>=\S+Z time<=\S+Z$/);
	const [from = 0, to = 0] = [...query.matchAll(/time[<>]=?(\S+)/g)].map(([, time]) => Date.parse(time ?? ''));
	expect(to - from).toBeGreaterThan(1500);
	expect(to - from).toBeLessThan(2500);
});

it('looks into a span, and out again', async () => {
	await open();
	play(12);
	await drag(0.4, 0.6);
	await bar().getByRole('button', { name: 'Zoom' }).click();
	await bar().getByRole('button', { name: 'Zoom out' }).waitFor();
	expect(Number(await cursor().getAttribute('aria-valuemin'))).toBeGreaterThan(-2.5);
	await page.mouse.move(5, 5);
	await page.keyboard.press('Escape');
	await bar().waitFor({ state: 'hidden' });
	expect(await cursor().getAttribute('aria-valuemin')).toBe('-10');
});

it('lets go of a span by Esc, and by a double click', async () => {
	await open();
	play(12);
	await drag(0.4, 0.6);
	await bar().waitFor();
	await page.keyboard.press('Escape');
	await bar().waitFor({ state: 'hidden' });
	await drag(0.2, 0.3);
	await bar().waitFor();
	const { x, y } = await strip();
	await page.mouse.dblclick(x + 400, y + 200);
	await bar().waitFor({ state: 'hidden' });
});

it('lists the emit that is clicked', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toContain('990');
	const { x, y, width, height } = await strip();
	await page.mouse.click(x + width / 2, y + height - 2);
	await page.getByRole('grid').waitFor();
	expect(decodeURIComponent(new URL(page.url()).hash)).toMatch(/^#live\?q=ns:\/ws\/rt_market time>=/);
});

it('selects and lists by keyboard', async () => {
	await open();
	play(12);
	await expect.poll(() => verdict().textContent()).toContain('990');
	await cursor().focus();
	for (let i = 0; i < 3; i++) await cursor().press('ArrowLeft');
	await cursor().press('Shift+Enter');
	for (let i = 0; i < 10; i++) await cursor().press('ArrowLeft');
	await cursor().press('Shift+Enter');
	await bar().getByText(/^(99|10\d|100\.\d+)(\.\d+)? ms$/).waitFor();
	await cursor().press('Enter');
	await page.getByRole('grid').waitFor();
});

const trigger = () => page.getByRole('group', { name: /^Trigger/ });

it('freezes at an emit that is too late, also while another screen is shown, and goes on by a key', async () => {
	await open();
	play(3);
	await trigger().getByRole('textbox').fill('0.02');
	await trigger().getByRole('textbox').press('Enter');
	await trigger().getByRole('button', { name: 'Single' }).click();
	await trigger().getByText('armed').waitFor();
	await page.keyboard.press('1');
	await page.getByRole('grid').waitFor();
	play(3);
	await page.keyboard.press('2');
	const fired = trigger().getByText(/^\d\d:\d\d:\d\d\.\d\d\d: [\d.]+ (µs|ms) late, over 20 µs$/);
	await fired.waitFor();
	const said = await fired.textContent();
	play(8);
	expect(await fired.textContent()).toBe(said);
	await page.keyboard.press('a');
	await trigger().getByText('armed').waitFor();
	await trigger().getByRole('button', { name: 'Off' }).click();
	await expect.poll(() => trigger().getByText('armed').count()).toBe(0);
});

it('keeps a run for comparison, with a name, and lets it go', async () => {
	await open();
	play(12);
	await page.getByRole('button', { name: 'Keep for comparison' }).click();
	const name = page.getByRole('textbox', { name: /^Name of the run/ });
	expect(await name.inputValue()).toBe('/ws/rt_market 10 ms');
	await name.fill('before the change');
	await name.press('Tab');
	await page.getByText('All lanes').click();
	expect(await name.inputValue()).toBe('before the change');
	await page.getByRole('button', { name: 'Remove' }).click();
	await page.getByRole('button', { name: 'Keep for comparison' }).waitFor();
});

it('draws interval error and wait, too', async () => {
	await open();
	play(12);
	await page.getByText('Interval error', { exact: true }).click();
	await page.getByRole('region', { name: 'gap minus the gap asked for, its size' }).waitFor();
	await page.getByText('Wait', { exact: true }).click();
	await page.getByRole('region', { name: 'from accepted to emitted' }).waitFor();
	await expect.poll(() => new URL(page.url()).hash).toContain('spread=queue_wait');
	await expect.poll(() => page.getByRole('region', { name: 'Queue and wait' }).textContent()).toMatch(/wait p50 10\.80 ms p90 15\.00 ms p99 21\.00 ms max 30\.00 ms/);
});

it('shows the latency from the source where producers tell it, and its sign', async () => {
	await open();
	play(3);
	const source = page.getByRole('region', { name: 'From source to emit' });
	expect(await source.count()).toBe(0);
	for (let i = 0; i < 40; i++) {
		const frame = traffic.frame();
		for (const lane of frame.second?.lane_points ?? []) lane.point = { ...lane.point, source_latency: { count: 100, ahead: 60, p50_us: -2100, p99_us: 12_000 } };
		hub.say(frame);
	}
	await source.waitFor();
	await expect.poll(() => source.textContent()).toMatch(/60 negative: a producer’s clock is ahead\s*p50 −2\.10 ms\s*p99 12\.00 ms/);
});

it('goes through the times by a key', async () => {
	await open();
	for (const min of ['-60', '-600', '-3600', '-10']) {
		await page.keyboard.press('w');
		await expect.poll(() => cursor().getAttribute('aria-valuemin')).toBe(min);
	}
});

it.for([
	{ width: 1440, height: 900 },
	{ width: 1280, height: 720 },
])('has all its plots in sight without scrolling, $width × $height', async (viewport) => {
	await open({ viewport });
	play(12);
	await page.getByRole('textbox', { name: /^Time from/ }).waitFor({ state: 'detached' }); // the made-up hub tells of no lane
	const stage = page.locator('main > .stage');
	expect(await stage.evaluate((e) => e.scrollHeight - e.clientHeight)).toBe(0);
});

it.for(['dark', 'light'] as const)('has nothing axe objects to while something is held and compared, %s', async (colorScheme) => {
	await open({ colorScheme, bypassCSP: true });
	play(12);
	await page.getByRole('button', { name: 'Keep for comparison' }).click();
	await trigger().getByRole('button', { name: 'Normal' }).click();
	await drag(0.4, 0.6);
	await bar().waitFor();
	const { violations } = await inspect(page).analyze();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});

it('is no wider than a phone', async () => {
	await open({ viewport: { width: 390, height: 844 } });
	play(3);
	await expect.poll(() => verdict().textContent()).toContain('10.000 ms');
	expect(await page.evaluate(() => Math.max(document.documentElement.scrollWidth, document.querySelector('main')?.scrollWidth ?? 0))).toBe(390);
});
