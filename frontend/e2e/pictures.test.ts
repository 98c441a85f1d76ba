import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { MadeKey, Sharing } from '$lib/wire';
import { startBrowser } from './browser';
import { RealHub } from './hub';
import { NativeClient } from './native';

/** The pictures in the documents, of the real program under real load: EMITSCOPE_PICTURES=../docs/pictures npm run e2e pictures */
const folder = process.env.EMITSCOPE_PICTURES ?? '';

describe.runIf(folder !== '')('pictures for the documents', { timeout: 480_000 }, () => {
	let browser: Browser;
	let hub: RealHub;
	const producers: NodeJS.Timeout[] = [];
	const leaving: AbortController[] = [];
	const connected: NativeClient[] = [];

	beforeAll(async () => {
		await mkdir(folder, { recursive: true });
		browser = await startBrowser();
		hub = new RealHub();
		await hub.start();
	});
	afterAll(async () => {
		for (const p of producers) clearInterval(p);
		for (const l of leaving) l.abort();
		for (const c of connected) c.drop();
		await browser.close();
		await hub.remove();
	});

	const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
	const wide = { viewport: { width: 1440, height: 900 } };
	const chinese = { ...wide, locale: 'zh-CN' };
	const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };

	/** Takes one of what is at an address after so many seconds: by itself, the screen that the name begins with. */
	async function take(name: string, how: BrowserContextOptions, seconds: number, then: (page: Page) => Promise<void> = async () => {}, at = `#${name.slice(0, name.indexOf('-'))}`) {
		const context = await browser.newContext({ timezoneId: 'Europe/Berlin', colorScheme: 'dark', locale: 'en-US', ...how });
		const page = await context.newPage();
		page.setDefaultTimeout(15_000);
		await page.goto(`${hub.url}/${at}`);
		await page.waitForTimeout(seconds * 1000);
		await then(page);
		await page.screenshot({ path: `${folder}/${name}.png` });
		await context.close();
	}

	/** Opens a message whose row says this, in a list that is held so that none slips away; then may look closer, and goes live. */
	const select =
		(says: string | RegExp, closer: (page: Page) => Promise<void> = async () => {}) =>
		async (page: Page) => {
			await page.mouse.move(700, 20); // on the list it would hold it, which Space would end
			await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur()); // what has the focus would take it
			await page.keyboard.press('Space');
			await page.getByRole('grid').getByRole('row').filter({ hasText: says }).first().click();
			await page.getByText('Four times').or(page.getByText('四个时间')).waitFor();
			await closer(page);
			await page.waitForTimeout(1000);
			await page.getByRole('button', { name: /^(Paused|已暂停)/ }).dispatchEvent('click'); // the pointer stays where it is
			await page.waitForTimeout(100); // the row is still in sight
		};
	const tick = /tick.*"AAPL"/;
	const number = (page: Page, pointer: string) => page.locator(`[data-pointer="${pointer}"]`).first();

	/** Where the plots of Timing are, the first of which has every emit. */
	async function plots(page: Page) {
		const box = await page.getByRole('region', { name: 'Every emit' }).locator('canvas').first().boundingBox();
		if (!box) throw new Error('there are no plots');
		return { at: (share: number) => box.x + share * box.width, y: box.y + 200 };
	}

	/** Clients that listen until the end. */
	async function connect(agent: string, clients: { name: string; namespace: string; rooms?: string[] }[]): Promise<void> {
		for (const client of clients) connected.push(await new NativeClient().open(hub.url, { agent, ...client }));
	}

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

	it('empty', () => take('empty-dark', wide, 1, undefined, ''));

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
		for (let i = 0; i < 2; i++) subscribe('/ws/sensors');
		await connect(chrome, [
			...Array.from({ length: 12 }, (_, i) => ({ name: `dash-${String(i + 1).padStart(2, '0')}`, namespace: '/ws/rt_market', rooms: i % 3 ? [] : ['AAPL', 'MSFT'] })),
			...['left', 'right'].map((side) => ({ name: `wall-${side}`, namespace: '/ws/sensors', rooms: ['kiln-1'] })),
		]);
		await connect('Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0', [{ name: 'tablet-hall', namespace: '/ws/rt_market' }, { name: 'kiosk-2', namespace: '/ws' }]);

		const pointed = select(tick, (page) => number(page, '/price').hover());
		const light = { ...wide, colorScheme: 'light' } as const;
		const market = '#timing?lane=/ws/rt_market';
		await take('live-dark', wide, 62, pointed);
		await take('live-light', light, 5, pointed);
		await take('live-chinese', chinese, 5, pointed);
		await take('diff-dark', wide, 5, select(tick), '#live?q=event:tick%20data.symbol:AAPL');
		await take('highlight-dark', wide, 5, select(tick), '#live?q=event:tick%20data.symbol:AAPL&mode=highlight');
		await take('timing-dark', wide, 12, undefined, market);
		await take('timing-light', light, 12, undefined, market);
		await take('timing-chinese', chinese, 12, undefined, market);
		await take('timing-phone', phone, 12, undefined, market);
		await take('cursor-dark', wide, 12, async (page) => {
			const { at, y } = await plots(page);
			await page.mouse.move(at(0.4), y);
			await page.waitForTimeout(500);
		}, market);
		await take('selection-dark', wide, 12, async (page) => {
			const { at, y } = await plots(page);
			await page.mouse.move(at(0.3), y);
			await page.mouse.down();
			await page.mouse.move(at(0.45), y, { steps: 5 });
			await page.mouse.up();
			await page.waitForTimeout(500);
		}, market);
		await take('ghost-dark', wide, 12, async (page) => {
			await page.getByRole('button', { name: 'Keep for comparison' }).click();
			await page.getByRole('textbox', { name: /^Name of the run/ }).fill('as they come');
			await page.evaluate((hash) => { location.hash = hash; }, market);
			await page.getByRole('textbox', { name: /^Name of the run/ }).blur();
			await page.waitForTimeout(12_000);
		}, '#timing?lane=/ws');
		for (const [name, text] of [['settings', 'Settings'], ['palette', 'Find anything']] as const)
			await take(`${name}-dark`, wide, 3, async (page) => {
				await page.getByRole('button', { name: text }).click();
				await page.waitForTimeout(500);
			}, '#live');
		await take('help-dark', wide, 3, async (page) => {
			await page.keyboard.press('?');
			await page.waitForTimeout(500);
		}, '#live');
		await take('docs-light', light, 1, undefined, 'api/v1/docs');
		await take('live-phone', phone, 5);
		await take('plots-dark', wide, 5, async (page) => {
			const plot = async (pointer: string) => {
				await number(page, pointer).focus();
				await page.keyboard.press('p');
				await page.waitForTimeout(300);
			};
			const go = (query: string) => page.evaluate((hash) => { location.hash = hash; }, `#live?q=${query}`);
			await select('celsius')(page);
			await plot('/celsius');
			await go('event:vibration');
			await select('rms')(page);
			await plot('/rms');
			await go('');
			await select(tick)(page);
			await plot('/price');
			await page.getByRole('button', { name: 'Add here' }).last().click();
			await plot('/bid');
			await page.getByRole('button', { name: 'Adding here' }).click();
			await page.getByRole('heading', { name: 'tick' }).click();
			await page.waitForTimeout(15_000);
		}, '#live?q=event:temperature');
	});

	it('the tape', async () => {
		const post = (path: string, body: object = {}) => fetch(`${hub.url}/api/v1/recordings${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
		const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
		produce(45, '/ws/quotes', 'quote', (n) => ({ symbol: 'MSFT', bid: 231 + (n % 9) / 100 }));
		produce(90, '/ws/quotes', 'trade', (n) => ({ symbol: 'AAPL', price: 231.4, size: (n % 40) * 10 }));
		produce(85, '/ws/kiln', 'vibration', (n) => ({ device: 'pump-3', rms: +(0.43 + Math.sin(n / 9) / 100).toFixed(3) }));
		produce(210, '/ws/kiln', 'temperature', (n) => ({ device: 'pump-3', celsius: +(61.2 + Math.sin(n / 30)).toFixed(1) }));
		produce(700, '/ws', 'message', (n) => JSON.stringify({ text: `hello ${n}`, from: 'flask' }));
		for (const [name, query, seconds] of [['Before the upgrade', '', 6], ['Kiln, night shift', 'ns:/ws/kiln', 9]] as const) {
			await post('', { name, ...(query ? { query } : {}) });
			await pause(seconds);
			await post(`/${encodeURIComponent(name)}/stop`);
		}
		// What comes as it comes, nothing for a while, and then a lane with a pace.
		const ticks = (everyMs: number) => produce(everyMs, '/ws/rt_market', 'tick', (n) => ({ symbol: 'AAPL', price: 231 + (n % 97) / 100 }));
		await hub.patchLane('/ws/rt_market', { interval: '0s' });
		await post('', { name: 'Open of the market' });
		ticks(10);
		await pause(28);
		clearInterval(producers.pop());
		await pause(5);
		await hub.patchLane('/ws/rt_market', { interval: '10ms' });
		ticks(8);
		await pause(28);
		clearInterval(producers.pop());
		await post('/Open of the market/stop');
		const compare = async (page: Page) => {
			const box = await page.getByRole('slider', { name: /^(Timeline|时间线)$/ }).boundingBox();
			if (!box) throw new Error('there is no timeline');
			const at = (share: number) => box.x + share * box.width;
			for (const [from, to] of [[0.12, 0.36], [0.64, 0.88]] as const) {
				await page.mouse.move(at(from), box.y + 60);
				await page.mouse.down();
				await page.mouse.move(at(to), box.y + 60, { steps: 5 });
				await page.mouse.up();
			}
			await page.mouse.click(at(0.42), box.y + 60);
			await page.mouse.move(800, 20);
			await page.getByRole('heading', { name: /p99/ }).waitFor();
			await page.waitForTimeout(1000);
		};
		await take('tape-dark', wide, 3, compare);
		await take('tape-chinese', chinese, 3, compare);
	});

	it('with a client that does not read', async () => {
		const stall = new NativeClient();
		connected.push(stall);
		await stall.open(hub.url, { name: 'dash-14', namespace: '/ws/camera', agent: chrome });
		stall.stall();
		produce(200, '/ws/camera', 'frame', (n) => ({ n, jpeg: 'x'.repeat(200 << 10) }));
		const open = async (page: Page) => {
			await page.getByRole('heading', { name: /losing messages|丢失消息/ }).waitFor({ timeout: 40_000 });
			await page.waitForTimeout(4000);
			await page.getByRole('grid').getByRole('row').nth(1).click();
			await page.mouse.move(800, 20);
			await page.waitForTimeout(1500);
		};
		await take('clients-dark', wide, 8, open);
		await take('clients-chinese', chinese, 8, open);
		await take('clients-phone', phone, 3);
		clearInterval(producers.pop());
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
			await page.getByRole('button', { name: /Share|共享/ }).first().click();
			await page.getByRole('img', { name: /^(QR code of the view link|查看链接的二维码)$/ }).waitFor();
		};
		const makeKey = (name: string) => async (page: Page) => {
			await share(page);
			await page.getByRole('button', { name: /^(New key|新建密钥)$/ }).click();
			await page.keyboard.type(name);
			await page.keyboard.press('Enter');
			await page.waitForTimeout(500);
		};
		await take('share-dark', wide, 1, makeKey('notebook'), '#live');
		await take('share-chinese', chinese, 1, makeKey('tablet'), '#live');
		await take('share-phone', phone, 1, share, '#live');
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

	it('the workbench', async () => {
		const send = async (page: Page) => {
			await page.keyboard.press('Control+Enter');
			await page.waitForTimeout(12_000);
		};
		await take('compose-dark', wide, 2, async (page) => {
			for (const name of ['Sine', 'Market ticks']) await page.getByRole('button', { name: `Start ${name}` }).click();
			await send(page);
		}, '#compose?panel=traffic');
		await take('compose-chinese', chinese, 2, send, '#compose?panel=traffic');
	});
});
