import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inspect, onComplaint, startBrowser } from './browser';
import { RealHub } from './hub';

/** What lies over the page: finding, settings and help, as the real program serves them. */
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
	await hub.publish(tick(1), tick(2), { namespace: '/ws', event: 'other', data: 'x' });
});
afterEach(async () => {
	await context.close();
	await hub.remove();
	expect(complaints).toEqual([]);
});

async function open(how: BrowserContextOptions = {}): Promise<void> {
	context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US', timezoneId: 'Asia/Kolkata', ...how });
	page = await context.newPage();
	page.setDefaultTimeout(10_000);
	complaints = [];
	onComplaint(page, (text) => complaints.push(text));
	await page.goto(hub.url);
	await rows().first().waitFor();
}

const tick = (n: number) => ({ namespace: '/ws/rt_market', event: 'tick', data: { n } });
const rows = () => page.getByRole('grid').getByRole('row').filter({ hasNot: page.getByRole('columnheader') });
const dialog = (name: string) => page.getByRole('dialog', { name });
const box = () => page.getByRole('combobox', { name: 'Find anything' });
const chosen = () => page.getByRole('option', { selected: true });
const hash = () => page.evaluate(() => location.hash);
const setting = (section: string) => page.getByRole('dialog', { name: 'Settings' }).getByText(section, { exact: true });

it('paints its frame, in the theme that was chosen, before its script is there', async () => {
	await open({ colorScheme: 'dark' });
	await page.keyboard.press('t');
	await expect.poll(() => page.locator('html').getAttribute('data-theme')).toBe('light');
	let letIn = (): void => undefined;
	const held = new Promise<void>((resolve) => (letIn = resolve));
	await page.route('**/assets/page-*.js', async (route) => {
		await held;
		await route.continue();
	});
	await page.reload({ waitUntil: 'commit' });
	await page.getByText('Emitscope', { exact: true }).waitFor();
	await expect.poll(() => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length)).toBe(1);
	expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
	expect(await page.getByRole('main').count()).toBe(0);
	letIn();
	await rows().first().waitFor();
	expect(await page.getByText('Emitscope', { exact: true }).count()).toBe(1);
});

describe('finding', () => {
	it('goes to a screen, a stream and a lane by keyboard alone', async () => {
		await open();
		for (const [typed, first, wanted] of [
			['timi', 'Timing', /^#timing/],
			['other', 'other', /^#live\?q=/],
			['rtmark', '/ws/rt_market', /^#timing\?lane=\/ws\/rt_market/],
		] as const) {
			await page.keyboard.press('Control+k');
			await box().waitFor();
			await page.keyboard.type(typed);
			await expect.poll(() => chosen().textContent()).toContain(first);
			await page.keyboard.press('Enter');
			await expect.poll(hash).toMatch(wanted);
			await expect.poll(() => box().count()).toBe(0);
		}
	});

	it('shows a message by its number, and says when it is not kept', async () => {
		await open();
		await page.getByRole('button', { name: 'Find anything' }).click();
		await box().waitFor();
		await page.keyboard.type('#4,711');
		await page.keyboard.press('Enter');
		await page.getByText('Message #4711 is not kept any more, or never was.').waitFor();
		await box().fill('2');
		await page.keyboard.press('Enter');
		await page.getByRole('region', { name: 'Message' }).getByText('Four times').waitFor();
		await expect.poll(hash).toContain('seq=2');
		complaints = complaints.filter((line) => !line.includes('404')); // the browser's own line
	});

	it('takes what it does not know for a query', async () => {
		await open();
		await page.keyboard.press('Control+k');
		await box().waitFor();
		await page.keyboard.type('event:tick');
		await page.getByRole('option', { name: /List what this selects: event:tick/ }).click();
		await expect.poll(() => rows().count()).toBe(2);
	});

	it('finds a saved query by its name, and lists what it selects', async () => {
		await hub.saveQuery('only the others', 'event:other');
		await open();
		await page.keyboard.press('Control+k');
		await box().waitFor();
		await page.keyboard.type('only the');
		await expect.poll(() => chosen().textContent()).toContain('only the others');
		await page.keyboard.press('Enter');
		await expect.poll(() => hash()).toBe('#live?q=event:other');
	});

	it('offers what was used last first, and keys that work', async () => {
		await open();
		await page.keyboard.press('Control+k');
		await box().waitFor();
		await page.keyboard.type('switch between dark');
		await page.keyboard.press('Enter');
		const before = await page.locator('html').getAttribute('data-theme');
		await page.keyboard.press('Control+k');
		await box().waitFor();
		await expect.poll(() => chosen().textContent()).toMatch(/Switch between dark and light\s*T/);
		await page.keyboard.press('Enter');
		await expect.poll(() => page.locator('html').getAttribute('data-theme')).not.toBe(before);
	});

	it('keeps what is typed before its code is there', async () => {
		await open();
		let letIn = (): void => undefined;
		const held = new Promise<void>((resolve) => (letIn = resolve));
		await page.route('**/assets/Find-*.js', async (route) => {
			await held;
			await route.continue();
		});
		await page.reload();
		await rows().first().waitFor();
		const theme = await page.locator('html').getAttribute('data-theme');
		await page.keyboard.press('Control+k');
		await page.keyboard.type('timix'); // t, alone, is the key for the other theme
		await page.keyboard.press('Backspace');
		letIn();
		await expect.poll(() => box().inputValue()).toBe('timi');
		expect(await page.locator('html').getAttribute('data-theme')).toBe(theme);
		await page.keyboard.type('ng');
		await page.keyboard.press('Enter');
		await expect.poll(() => hash()).toMatch(/^#timing/);
	});

	it('is there with the next frame once its code is', async () => {
		await open();
		await page.keyboard.press('Control+k');
		await box().waitFor();
		await page.keyboard.press('Escape');
		const there = await page.evaluate(
			() =>
				new Promise<boolean>((resolve) => {
					document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true, bubbles: true }));
					requestAnimationFrame(() => resolve(document.querySelector('dialog[open] [role=option]') !== null));
				}),
		);
		expect(there).toBe(true);
	});
});

describe('settings', () => {
	it('tells all times in another zone, also after a reload', async () => {
		await open();
		const clock = () => page.locator('footer .clock').textContent();
		await expect.poll(clock).toContain('UTC+05:30');
		await page.getByRole('button', { name: 'Settings' }).click();
		await setting('UTC').click();
		await expect.poll(clock).toMatch(/^\s*UTC\s*\d/);
		await setting('Another').click();
		await page.getByLabel('Name of the time zone').fill('america/new_york');
		await expect.poll(clock).toMatch(/New York UTC−0[45]:00/);
		const first = (await rows().first().locator('.time').textContent())?.slice(0, 2);
		await page.reload();
		await rows().first().waitFor();
		await expect.poll(clock).toContain('New York');
		expect((await rows().first().locator('.time').textContent())?.slice(0, 2)).toBe(first);
	});

	it('switches single letters off, and everything that tells of them', async () => {
		await open();
		await page.getByRole('button', { name: 'Settings' }).click();
		await page.getByRole('switch', { name: 'Single-letter keys' }).click();
		await page.keyboard.press('Escape');
		const theme = await page.locator('html').getAttribute('data-theme');
		for (const key of ['t', '2', '?']) await page.keyboard.press(key);
		expect(await page.locator('html').getAttribute('data-theme')).toBe(theme);
		expect(await hash()).not.toContain('timing');
		await page.keyboard.press('ArrowDown'); // which is no letter
		await page.getByRole('region', { name: 'Message' }).waitFor();
		await page.keyboard.press('Control+k');
		await box().waitFor();
		await page.keyboard.type('keys');
		await page.keyboard.press('Enter');
		await page.getByText('Letters, digits and signs are switched off.').waitFor();
	});

	it('makes rows larger', async () => {
		await open();
		const height = () => rows().first().evaluate((row) => row.clientHeight);
		expect(await height()).toBeLessThanOrEqual(26);
		await page.getByRole('button', { name: 'Settings' }).click();
		await setting('13 px').click();
		await expect.poll(height).toBeGreaterThanOrEqual(29);
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1440);
	});

	it('resets a lane', async () => {
		await open();
		await hub.patchLane('/ws/rt_market', { interval: '250ms' });
		await page.getByRole('button', { name: 'Settings' }).click();
		await setting('Lanes').click();
		const lane = dialog('Settings').getByRole('listitem').filter({ hasText: '/ws/rt_market' });
		await expect.poll(() => lane.textContent()).toContain('250 ms');
		await page.getByRole('button', { name: 'Reset lane /ws/rt_market' }).click();
		await expect.poll(() => lane.textContent()).toContain('10 ms');
	});

	it('says where the data is, and saves a backup of it', async () => {
		await open();
		await page.getByRole('button', { name: 'Settings' }).click();
		await setting('Data').click();
		await page.getByRole('row', { name: /^sequence/ }).waitFor();
		const download = page.waitForEvent('download');
		await page.getByRole('button', { name: 'Save a backup…' }).click();
		expect((await download).suggestedFilename()).toMatch(/^emitscope-\d{8}-\d{6}\.zip$/);
	});

	it('clears messages, and deletes all data only when asked twice', async () => {
		await open();
		await page.getByRole('button', { name: 'Settings' }).click();
		await setting('Data').click();
		await page.getByRole('button', { name: 'Clear messages' }).click();
		await page.getByText('3 forgotten.').waitFor();
		await expect.poll(() => rows().count()).toBe(0);
		await page.getByRole('button', { name: 'Delete all data…' }).click();
		await page.getByText('every key and the view link').waitFor();
		await page.getByRole('button', { name: 'Delete all of it' }).click();
		await page.getByText('Deleted: messages 0, recordings 0, keys 0, lanes 0.').waitFor();
		await page.keyboard.press('Escape');
		await hub.publish(tick(9));
		await expect.poll(() => rows().count()).toBe(1); // the hub goes on
	});

	it('lists every limit, those that were reached first', async () => {
		await open();
		for (let i = 0; i < 12; i++) await fetch(`${hub.url}/api/v1/stats`, { headers: { authorization: 'Bearer WRONG' } });
		await page.getByRole('button', { name: 'Settings' }).click();
		await setting('Limits').click();
		await expect.poll(() => page.locator('tbody tr').first().textContent(), { timeout: 10_000 }).toMatch(/max_failed_keys.*2$/s);
		expect(await page.locator('tbody tr').count()).toBeGreaterThan(8);
	});
});

it('leads from the first press of Tab over the bar to the messages', async () => {
	await open();
	const before = await hash();
	await page.keyboard.press('Tab');
	const skip = page.getByRole('button', { name: 'Skip to the messages' });
	await expect.poll(() => skip.evaluate((e) => e === document.activeElement)).toBe(true);
	await page.keyboard.press('Enter');
	expect(await page.getByRole('grid').evaluate((e) => e === document.activeElement)).toBe(true);
	expect(await hash()).toBe(before);
});

it('tells at the screen Timing that its trigger has fired, while another is shown', async () => {
	await open();
	await page.keyboard.press('2');
	const trigger = page.getByRole('group', { name: /^Trigger/ });
	await trigger.getByRole('textbox').fill('0.02');
	await trigger.getByRole('textbox').press('Enter');
	await trigger.getByRole('button', { name: 'Single' }).click();
	await page.keyboard.press('3');
	await hub.patchLane('/ws/rt_market', { interval: '1ms' });
	const news = page.getByRole('link', { name: /^Timing.*the trigger has fired/ });
	await expect
		.poll(async () => {
			await hub.publish(...Array.from({ length: 20 }, (_, n) => tick(n)), ...Array.from({ length: 20 }, () => ({ namespace: '/ws', event: 'other', data: 'x' })));
			return news.count();
		}, { timeout: 10_000 })
		.toBe(1);
	await news.click();
	await expect.poll(() => news.count()).toBe(0);
});

it('gives the focus back to what had it, and keeps it inside what is open', async () => {
	await open();
	await page.getByRole('button', { name: 'Settings' }).focus();
	await page.keyboard.press('Enter');
	await dialog('Settings').waitFor();
	for (let i = 0; i < 30; i++) {
		await page.keyboard.press('Tab');
		expect(await page.evaluate(() => document.activeElement === document.body || document.activeElement?.closest('dialog') !== null)).toBe(true);
	}
	await page.keyboard.press('Escape');
	await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Settings');
});

it.for([1440, 1280, 1024, 861, 760, 641, 390])('has a top bar in one line, in both languages, %i px wide', async (width) => {
	for (const locale of ['en-US', 'zh-CN']) {
		await open({ viewport: { width, height: 800 }, locale });
		const { high, over } = await page.locator('header').first().evaluate((bar) => ({
			high: Math.max(...[...bar.querySelectorAll('a, button, h1')].map((e) => e.getBoundingClientRect().height)),
			over: Math.max(...[...bar.querySelectorAll('a, button, h1')].map((e) => e.getBoundingClientRect().right)) - bar.getBoundingClientRect().right,
		}));
		expect(high, locale).toBeLessThanOrEqual(44);
		expect(over, locale).toBeLessThanOrEqual(0);
		expect(await page.evaluate(() => document.documentElement.scrollWidth), locale).toBe(width);
		if (locale === 'en-US') await context.close();
	}
});

it.for([1440, 1280, 1181, 1024, 861, 641, 390])('has room in its top bar for all that it says while a recording runs, %i px wide', async (width) => {
	await fetch(`${hub.url}/api/v1/recordings`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Night"}' });
	await open({ viewport: { width, height: 844 } });
	await page.keyboard.press('5');
	await page.getByRole('button', { name: /Stop recording/ }).waitFor();
	const places = await page.locator('header').first().evaluate((bar) =>
		[...bar.querySelectorAll('nav a, button, h1')].filter((e) => getComputedStyle(e).clipPath === 'none').map((e) => {
			const { left, right } = e.getBoundingClientRect();
			return { says: e.textContent, left, right, isCut: e.scrollWidth > e.clientWidth && getComputedStyle(e).overflow === 'hidden' };
		}),
	);
	if (width === 390) expect(await page.locator('header .address').evaluate((where) => where.scrollWidth <= where.clientWidth)).toBe(true);
	for (const { says, left, isCut } of places) {
		expect(isCut, says ?? '').toBe(false);
		expect(places.filter((p) => p.left < left && p.right > left + 1).map((p) => p.says), `under ${says}`).toEqual([]);
	}
});

it.for([
	{ colorScheme: 'dark', width: 1440 },
	{ colorScheme: 'light', width: 1440 },
	{ colorScheme: 'dark', width: 390 },
	{ colorScheme: 'light', width: 390 },
] as const)('has nothing axe objects to over the page, $colorScheme, $width px wide', async ({ colorScheme, width }) => {
	await open({ colorScheme, viewport: { width, height: 844 }, bypassCSP: true });
	const look = async (what: string) => {
		const { violations } = await inspect(page).analyze();
		expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join('\n')}`), what).toEqual([]);
	};
	await page.keyboard.press('Control+k');
	await box().waitFor();
	await page.keyboard.type('t');
	await look('find');
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	await dialog('Keys').waitFor();
	await look('help');
	await dialog('Keys').getByRole('button', { name: 'Settings' }).click();
	for (const section of ['General', 'Lanes', 'Limits', 'Data']) {
		await setting(section).click();
		await page.locator('dialog :is(h3, li, tbody tr)').first().waitFor();
		await look(section);
	}
});
