import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startBrowser } from './browser';
import { MadeUpHub } from './madeup';
import { Traffic } from './traffic';

/** Pictures of every state, for a person to look at: EMITSCOPE_LOOK=/tmp/look npm run e2e look */
const folder = process.env.EMITSCOPE_LOOK ?? '';

describe.runIf(folder !== '')('pictures', () => {
	let browser: Browser;
	beforeAll(async () => {
		await mkdir(folder, { recursive: true });
		browser = await startBrowser();
	});
	afterAll(() => browser.close());

	const wide = { viewport: { width: 1440, height: 900 } };
	const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };

	/** Opens a page on made-up traffic, plays some seconds of it, and takes a picture. */
	async function take(name: string, how: BrowserContextOptions, then: (page: Page, hub: MadeUpHub) => Promise<void> = async () => {}) {
		const context = await browser.newContext({ timezoneId: 'Europe/Berlin', colorScheme: 'dark', locale: 'en-US', ...how });
		const page = await context.newPage();
		const traffic = new Traffic(Date.now() - 70_000);
		traffic.warmUp(62);
		const hub = new MadeUpHub(traffic.hello());
		hub.messages = traffic.messages;
		await hub.open(page);
		for (let i = 0; i < 20 * 8; i++) {
			hub.say(traffic.frame());
			if (i % 20 === 0) await page.waitForTimeout(20);
		}
		await page.waitForTimeout(300);
		await then(page, hub);
		await page.screenshot({ path: `${folder}/${name}.png` });
		await context.close();
		if (hub.complaints.length > 0) console.log(name, hub.complaints);
	}

	const select = async (page: Page) => {
		await page.keyboard.press('j');
		for (let i = 0; i < 4; i++) await page.keyboard.press('j');
		await page.getByText('Four times').or(page.getByText('四个时间')).waitFor();
	};

	it('dark', () => take('live', wide));
	it('a message', () => take('inspector', wide, select));
	it('light', () => take('light', { ...wide, colorScheme: 'light' }, select));
	it('Chinese', () => take('chinese', { ...wide, locale: 'zh-CN' }, select));
	it('narrow', () => take('narrow', { viewport: { width: 1000, height: 700 } }, select));
	it('middle', () => take('middle', { viewport: { width: 1180, height: 760 } }));
	it('phone', () => take('phone', phone));
	it('phone, a message', () => take('phone-inspector', phone, select));
	it('disconnected', () =>
		take('disconnected', wide, async (page, hub) => {
			await hub.goDown();
			await page.waitForTimeout(4300);
		}));
	it('back again', () =>
		take('back', wide, async (page, hub) => {
			await hub.goDown();
			await page.waitForTimeout(1200);
			hub.up = true;
			await page.waitForTimeout(1500);
		}));

	async function empty(name: string, how: BrowserContextOptions, change: (hub: MadeUpHub) => void = () => {}) {
		const context = await browser.newContext({ timezoneId: 'Europe/Berlin', colorScheme: 'dark', locale: 'en-US', ...how });
		const page = await context.newPage();
		const hub = new MadeUpHub({ ...new Traffic(Date.now()).hello('127.0.0.1:8092', false), points: [] });
		change(hub);
		await hub.open(page);
		await page.waitForTimeout(700);
		await page.screenshot({ path: `${folder}/${name}.png` });
		await context.close();
	}
	it('empty', () => empty('empty', wide));
	it('empty, Chinese, light', () => empty('empty-chinese', { ...wide, locale: 'zh-CN', colorScheme: 'light' }));
	it('empty on a phone', () => empty('empty-phone', phone));
	it('never connected', () => empty('unreachable', wide, (hub) => (hub.up = false)));
	it('refused', () =>
		empty('refused', wide, (hub) => {
			hub.refusal = { status: 401, body: { code: 'unauthorized', message: 'This hub asks for a key.', hint: 'Ask its owner for a view link.' } };
		}));
});
