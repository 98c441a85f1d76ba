import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { MadeKey, Sharing } from '$lib/wire';
import { startBrowser } from './browser';
import { RealHub } from './hub';

/** The pictures in the documents, of the real program under real load: EMITSCOPE_PICTURES=../docs/pictures npm run e2e pictures */
const folder = process.env.EMITSCOPE_PICTURES ?? '';

describe.runIf(folder !== '')('pictures for the documents', { timeout: 240_000 }, () => {
	let browser: Browser;
	let hub: RealHub;
	const producers: NodeJS.Timeout[] = [];
	const leaving: AbortController[] = [];

	beforeAll(async () => {
		await mkdir(folder, { recursive: true });
		browser = await startBrowser();
		hub = new RealHub();
		await hub.start();
	});
	afterAll(async () => {
		for (const p of producers) clearInterval(p);
		for (const l of leaving) l.abort();
		await browser.close();
		await hub.remove();
	});

	const wide = { viewport: { width: 1440, height: 900 } };
	const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };

	async function take(name: string, how: BrowserContextOptions, seconds: number, then: (page: Page) => Promise<void> = async () => {}) {
		const context = await browser.newContext({ timezoneId: 'Europe/Berlin', colorScheme: 'dark', locale: 'en-US', ...how });
		const page = await context.newPage();
		const screen = name.slice(0, name.indexOf('-'));
		await page.goto(screen === 'docs' ? `${hub.url}/api/v1/docs` : `${hub.url}/#${screen}`);
		await page.waitForTimeout(seconds * 1000);
		await then(page);
		await page.screenshot({ path: `${folder}/${name}.png` });
		await context.close();
	}

	const select = async (page: Page) => {
		for (let i = 0; i < 5; i++) await page.keyboard.press('j');
		await page.getByText('Four times').or(page.getByText('四个时间')).waitFor();
	};

	/** Somebody who listens to a namespace until the end. */
	function subscribe(namespace: string): void {
		const abort = new AbortController();
		leaving.push(abort);
		const read = async () => {
			const { body } = await fetch(`${hub.url}/api/v1/stream?namespace=${encodeURIComponent(namespace)}`, { signal: abort.signal });
			if (body) for await (const _ of body);
		};
		void read().catch(() => {});
	}

	/** One message each so many ms, until the end. */
	function produce(everyMs: number, namespace: string, event: string, data: (n: number) => unknown) {
		let n = 0;
		producers.push(setInterval(() => void hub.publish({ namespace, event, data: data(n++) }).catch(() => {}), everyMs));
	}

	it('empty', () => take('empty-dark', wide, 1));

	it('with messages', async () => {
		await hub.patchLane('/ws/sensors', { interval: '50ms' });
		const symbols = ['AAPL', 'MSFT', 'NVDA', 'META'];
		let price = 231;
		produce(16, '/ws/rt_market', 'tick', (n) => {
			price += (Math.random() - 0.5) / 10;
			return { symbol: symbols[n % 4], price: +price.toFixed(2), bid: +(price - 0.01).toFixed(2), ask: +(price + 0.01).toFixed(2), size: ((n % 9) + 1) * 100, venue: 'XNAS' };
		});
		produce(45, '/ws/rt_market', 'quote', (n) => ({ symbol: symbols[n % 4], bid: +price.toFixed(2), bid_size: ((n % 20) + 1) * 100 }));
		produce(90, '/ws/rt_market', 'trade', (n) => ({ symbol: 'AAPL', price: +price.toFixed(2), size: (n % 40) * 10 }));
		produce(85, '/ws/sensors', 'vibration', (n) => ({ device: 'pump-3', rms: +(0.43 + Math.sin(n / 9) / 100).toFixed(3), hz: 49.98 }));
		produce(210, '/ws/sensors', 'temperature', (n) => ({ device: 'pump-3', celsius: +(61.2 + Math.sin(n / 30)).toFixed(1) }));
		produce(240, '/ws', 'note', (n) => JSON.stringify({ text: `hello ${n}`, from: 'flask' }));
		for (let i = 0; i < 8; i++) subscribe('/ws/rt_market');
		for (let i = 0; i < 3; i++) subscribe('/ws/sensors');
		const timing = async (page: Page) => {
			await page.getByText('/ws/rt_market', { exact: true }).first().click();
			await page.waitForTimeout(11_000);
		};
		await take('live-dark', wide, 62, select);
		await take('live-light', { ...wide, colorScheme: 'light' }, 5, select);
		await take('live-chinese', { ...wide, locale: 'zh-CN' }, 5, select);
		await take('timing-dark', wide, 5, timing);
		await take('timing-light', { ...wide, colorScheme: 'light' }, 5, timing);
		await take('clients-dark', wide, 5);
		await take('compose-dark', wide, 2, async (page) => {
			await page.keyboard.press('Control+Enter');
			await page.waitForTimeout(500);
		});
		await take('tape-dark', wide, 3);
		await take('docs-light', { ...wide, colorScheme: 'light' }, 1);
		await take('live-phone', phone, 5);
		await take('timing-phone', phone, 5, timing);
	});

	it('shared', async () => {
		const ask = async <Answer>(method: string, path: string, body: object) => {
			const headers = { 'content-type': 'application/json' };
			return (await (await fetch(hub.url + path, { method, headers, body: JSON.stringify(body) })).json()) as Answer;
		};
		const { addresses } = await ask<Sharing>('PATCH', '/api/v1/sharing', { on: true });
		const lan = addresses[0]?.url;
		if (!lan) throw new Error('there is no network to share in');
		await hub.patchLane('/ws/sensors', { interval: '40ms' });
		for (const [name, scopes, times] of [
			['feeder-01', 'view publish', 40],
			['kiln gateway', 'publish', 12],
			['ops laptop', 'view publish admin', 3],
		] as const) {
			const { secret } = await ask<MadeKey>('POST', '/api/v1/keys', { name, scopes });
			const headers = { 'content-type': 'application/json', authorization: `Bearer ${secret}` };
			for (let i = 0; i < times; i++) await fetch(`${lan}/api/v1/messages`, { method: 'POST', headers, body: '{"namespace":"/ws","event":"note"}' });
		}
		for (let i = 0; i < 3; i++) await fetch(`${lan}/api/v1/stats`, { headers: { authorization: 'Bearer WRONG' } });

		const share = async (page: Page) => {
			await page.getByRole('button', { name: 'Share' }).first().click();
			await page.getByRole('img', { name: 'QR code of the view link' }).waitFor();
		};
		await take('share-dark', wide, 1, async (page) => {
			await share(page);
			await page.getByRole('button', { name: 'New key' }).click();
			await page.keyboard.type('notebook');
			await page.keyboard.press('Enter');
			await page.waitForTimeout(500);
		});
		await take('share-phone', phone, 1, share);
		await take('audit-dark', wide, 1, async (page) => {
			await page.getByRole('button', { name: 'Settings' }).click();
			await page.getByRole('button', { name: 'Who did what' }).click();
			await page.getByText('made key notebook').waitFor();
		});
		await take('locked-phone', phone, 1, async (page) => {
			await page.goto(lan);
			await page.getByRole('heading', { name: 'This hub asks for a key.' }).waitFor();
		});
	});
});
