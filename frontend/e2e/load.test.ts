import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser } from './browser';
import { RealHub } from './hub';
import { watchMainThread } from './trace';

/**
 * What the page costs under load, measured and printed, not checked: the figures
 * are of the machine too. EMITSCOPE_LOAD=300 npm run e2e load measures for 300 s
 * on each screen; EMITSCOPE_RATE is in messages a second.
 */
const seconds = Number(process.env.EMITSCOPE_LOAD ?? 0);
const rate = Number(process.env.EMITSCOPE_RATE ?? 2000);

describe.runIf(seconds > 0)('the page under load', { timeout: (seconds + 120) * 1000 }, () => {
	let browser: Browser;
	let hub: RealHub;
	beforeAll(async () => {
		browser = await startBrowser();
		hub = new RealHub();
		await hub.start();
	});
	afterAll(async () => {
		await browser.close();
		await hub.remove();
	});

	/** Hands in messages at the rate until told to stop, over three streams; returns how many. */
	function produce(): () => Promise<number> {
		const everyMs = 50;
		const each = (rate * everyMs) / 1000;
		const began = performance.now();
		let sent = 0;
		let last: Promise<unknown> = Promise.resolve();
		const timer = setInterval(() => {
			const due = Math.floor((performance.now() - began) / everyMs) * each;
			const batch: object[] = [];
			for (; sent < due; sent++) {
				const data = { symbol: ['AAPL', 'MSFT', 'NVDA'][sent % 3], n: sent, price: 231.42, bid: 231.41, ask: 231.43, size: 300, venue: 'XNAS' };
				batch.push({ namespace: '/ws', event: ['tick', 'quote', 'trade'][sent % 3], data });
			}
			if (batch.length > 0) last = last.then(() => hub.publish(...batch));
		}, everyMs);
		return async () => {
			clearInterval(timer);
			await last;
			return sent;
		};
	}

	async function heapMB(page: Page): Promise<number> {
		const session = await page.context().newCDPSession(page);
		await session.send('HeapProfiler.collectGarbage');
		const { usedSize } = await session.send('Runtime.getHeapUsage');
		await session.detach();
		return Math.round(usedSize / 1e4) / 100;
	}

	it.for(['live', 'timing'])('on %s', async (screen) => {
		const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
		await page.goto(`${hub.url}/#${screen}`);
		const stop = produce();
		await page.waitForTimeout(5000);
		const heaps = [await heapMB(page)];
		const work = await watchMainThread(page, seconds);
		heaps.push(await heapMB(page));
		const sent = await stop();
		console.log(JSON.stringify({ screen, seconds, rate, sent, heapMB: heaps, ...work }));
		await page.close();
		expect(work.framesPerSecond).toBeGreaterThan(0);
	});

	it('shows a message soon after it was sent', async () => {
		const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
		await page.goto(hub.url);
		await hub.publish({ namespace: '/ws', event: 'mark', data: 'first' });
		await page.getByRole('row').nth(1).waitFor();
		// The browser's clock and ours are the same machine's.
		const took: number[] = [];
		for (let i = 0; i < 20; i++) {
			const mark = `mark-${i}-${Math.random().toString(36).slice(2)}`;
			const seen = page.evaluate(
				(text) =>
					new Promise<number>((resolve) => {
						const look = () => (document.body.textContent?.includes(text) ? resolve(Date.now()) : requestAnimationFrame(look));
						look();
					}),
				mark,
			);
			const began = Date.now();
			await hub.publish({ namespace: '/ws', event: 'mark', data: mark });
			took.push((await seen) - began);
			await page.waitForTimeout(100 + Math.random() * 200); // not in step with the feed's frames
		}
		took.sort((a, b) => a - b);
		console.log(JSON.stringify({ latencyMs: { median: took[10], max: took.at(-1) } }));
		await page.close();
		expect(took).toHaveLength(20);
	});
});
