import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** What a person does to see how a number moves, with the real program behind it. */
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

/** Opens the page on a hub with these messages, and selects the newest of them. */
async function open(messages: object[], how: BrowserContextOptions = {}): Promise<void> {
	hub = new RealHub();
	await hub.start();
	await hub.publish(...messages);
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', bypassCSP: true, ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(hub.url);
	await page.getByRole('grid').getByRole('row').nth(1).waitFor();
	await page.keyboard.press('j');
	await number('/price').waitFor();
}

const number = (pointer: string) => page.locator(`[data-pointer="${pointer}"]`);
const preview = () => page.getByRole('note', { name: 'The newest values of this number' });
const board = () => page.getByRole('region', { name: 'Plots', exact: true });
const charts = () => board().getByRole('region', { name: /^Chart / });
const legend = (chart = 0) => charts().nth(chart).getByRole('listitem');

/** 60 ticks, of three symbols in turn; the last one is of NVDA. */
const ticks = Array.from({ length: 60 }, (_, i) => ({
	namespace: '/ws',
	event: 'tick',
	data: { symbol: ['AAPL', 'META', 'NVDA'][i % 3], price: [231, 561, 141][i % 3]! + i / 100, bid: String(141 + i / 100), volume: 48_000_000 + 1000 * i },
	source_time: new Date(Date.UTC(2024, 0, 1, 12, 0, i)).toISOString(),
}));

async function axe(): Promise<string[]> {
	const { violations } = await inspect(page).analyze();
	return violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`);
}

it('shows the newest values of the number that is pointed at, of the same symbol', async () => {
	await open(ticks);
	await number('/price').hover();
	await preview().getByText('price, last 20 NVDA ticks').waitFor();
	await preview().getByText('141.02 to 141.59').waitFor();
	await hub.publish({ ...ticks[2], data: { symbol: 'NVDA', price: 150 } }, { ...ticks[0], data: { symbol: 'AAPL', price: 999 } });
	await preview().getByText('141.02 to 150').waitFor();
	await page.mouse.move(600, 20);
	await preview().waitFor({ state: 'detached' });
});

it('does the same by the keyboard: Tab, Enter and P', async () => {
	await open(ticks);
	await number('/price').focus();
	await preview().getByText('price, last 20 NVDA ticks').waitFor();
	await page.keyboard.press('Enter');
	await expect.poll(() => legend().allInnerTexts()).toEqual([expect.stringContaining('NVDA price')]);
	await expect.poll(() => legend().first().innerText()).toContain('141.59');
	await page.keyboard.press('Tab');
	await preview().getByText('bid, last 20 NVDA ticks').waitFor(); // it is a string
	await page.keyboard.press('p');
	await expect.poll(() => charts().count()).toBe(2);
	await preview().getByText('Plotted').waitFor();
	await page.keyboard.press('p');
	await expect.poll(() => charts().count()).toBe(1);
});

it('puts two streams on one chart, live', async () => {
	await open([...ticks, { namespace: '/ws', event: 'load', data: { price: 5 } }]);
	await number('/price').click();
	await expect.poll(() => legend().allInnerTexts()).toEqual([expect.stringContaining('price')]);
	await legend().first().getByRole('button', { name: /^What to do with/ }).click();
	const saving = page.waitForEvent('download');
	await page.getByRole('menuitem', { name: 'Save the points as CSV' }).click();
	expect((await saving).suggestedFilename()).toBe('price.csv');
	await charts().first().getByRole('button', { name: 'Add here' }).click();
	await page.keyboard.press('j');
	await panelOf('tick');
	await number('/price').hover();
	await preview().getByText('adds it to').waitFor();
	await number('/price').click();
	await expect.poll(() => legend().allInnerTexts()).toEqual([expect.stringContaining('5'), expect.stringContaining('NVDA price')]);
	await hub.publish({ namespace: '/ws', event: 'load', data: { price: 6.5 } });
	await expect.poll(() => legend().first().innerText()).toContain('6.5');
	await legend().nth(1).getByRole('button', { name: 'What to do with NVDA price' }).click();
	await page.getByRole('menuitem', { name: 'Move to a chart of its own' }).click();
	await expect.poll(() => charts().count()).toBe(2);
	await legend(1).getByRole('button', { name: 'Remove NVDA price' }).click();
	await expect.poll(() => charts().count()).toBe(1);
});

const panelOf = (event: string) => page.getByRole('region', { name: 'Message' }).getByRole('heading', { name: event }).waitFor();

it('draws by the time of the producer', async () => {
	await open(ticks);
	await number('/price').click();
	await board().getByText('Producer time').click();
	const time = charts().first().getByRole('slider');
	await time.focus();
	const shown = () => legend().first().innerText();
	await expect.poll(shown).toContain('141.02 to 141.59');
	await page.keyboard.press('ArrowLeft'); // from the newest one, at the edge
	await expect.poll(shown).toMatch(/^NVDA price\s141\.56\s/);
	expect(await time.getAttribute('aria-valuetext')).toMatch(/:00:56.*NVDA price 141\.56$/);
	const heard = charts().first().getByRole('table');
	await expect.poll(() => heard.getByRole('columnheader').allTextContents()).toEqual(['From', 'NVDA price']);
	await expect.poll(() => heard.innerText()).toContain('141.02');
	await page.keyboard.press('ArrowLeft');
	await expect.poll(shown).toMatch(/^NVDA price\s141\.53\s/);
	await page.keyboard.press('Escape');
	await expect.poll(() => time.getAttribute('aria-valuetext')).toBe('nowhere');
});

it('keeps the board: it is there after a reload, under the name it was given', async () => {
	await open(ticks);
	await number('/price').click();
	await charts().first().getByRole('textbox', { name: 'Name of this chart' }).fill('Nvidia');
	await page.keyboard.press('Enter');
	await board().getByText('10 m').click();
	await board().getByRole('button', { name: 'Boards' }).getByText('Plots').waitFor(); // kept by itself
	await board().getByRole('button', { name: 'Boards' }).click();
	await page.getByRole('textbox', { name: 'Keep this board as' }).fill('Market');
	await page.keyboard.press('Enter');
	await board().getByRole('button', { name: 'Boards' }).getByText('Market').waitFor();
	await page.reload();
	await charts().first().waitFor();
	await expect.poll(() => charts().first().getByRole('textbox').inputValue()).toBe('Nvidia');
	await expect.poll(() => board().getByRole('radio', { name: '10 m' }).isChecked()).toBe(true);
	await expect.poll(() => legend().first().innerText()).toContain('141.59');
	await board().getByRole('button', { name: 'Boards' }).click();
	await page.getByRole('button', { name: 'Delete board Market' }).click();
	await charts().first().waitFor({ state: 'detached' });
	await page.reload();
	await page.getByRole('grid').getByRole('row').nth(1).waitFor();
	expect(await charts().count()).toBe(0);
});

it('can be folded, be all there is, and be made higher', async () => {
	await open(ticks);
	await number('/price').click();
	await charts().first().waitFor();
	const edge = board().getByRole('separator');
	const before = Number(await edge.getAttribute('aria-valuenow'));
	await edge.focus();
	await page.keyboard.press('ArrowDown');
	expect(Number(await edge.getAttribute('aria-valuenow'))).toBeGreaterThan(before);
	await board().getByRole('button', { name: 'Show the plots alone' }).click();
	await page.getByRole('grid').waitFor({ state: 'detached' });
	await board().getByRole('button', { name: 'Show the messages again' }).click();
	await page.getByRole('grid').waitFor();
	await board().getByRole('button', { name: 'Fold the plots' }).click();
	await charts().first().waitFor({ state: 'detached' });
});

it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 1440 },
	{ colorScheme: 'dark', width: 390 },
] as const)('has nothing axe objects to, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
	await open(ticks, { colorScheme, viewport: { width, height: 860 } });
	await number('/price').focus();
	await preview().getByText('last 20').waitFor();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	if (width < 600) {
		await preview().getByText('Plotted').waitFor();
		expect(await axe()).toEqual([]);
		await page.keyboard.press('Escape');
	}
	await expect.poll(() => charts().count()).toBe(2);
	expect(await axe()).toEqual([]);
	if (width > 600) return;
	const [first, second] = await Promise.all([0, 1].map((i) => charts().nth(i).boundingBox()));
	expect(first?.width).toBe(390);
	expect(second?.y).toBeGreaterThan(first?.y ?? 0);
});
