import type { Page } from 'playwright-core';

/** How long a page took from a key press to the next picture of it, in ms. */
export interface Answered {
	presses: number;
	p50: number;
	p95: number;
	max: number;
}

/** What a reader presses who looks around: the query and away from it, a message, the next, and live again. */
export const looking = ['/', 'Escape', 'j', 'j', 'k', 'Home'];

/** ... and on Timing: all its spans. */
export const measuring = ['w'];
const everyMs = 500;

/** The browser tells only of what took longer than this, in ms. */
const leastMs = 16;

/** Presses keys until what it returns is called, which says how quickly the page answered them. */
export async function watchInputs(page: Page, presses: readonly string[]): Promise<() => Promise<Answered>> {
	await page.evaluate((durationThreshold) => {
		const found: number[] = [];
		Object.assign(window, { answers: found });
		new PerformanceObserver((list) => {
			for (const e of list.getEntries()) if (e.name === 'keydown') found.push(e.duration);
		}).observe({ type: 'event', durationThreshold } as PerformanceObserverInit);
	}, leastMs);
	let pressed = 0;
	let pressing = Promise.resolve();
	const timer = setInterval(() => {
		pressing = pressing.then(() => page.keyboard.press(presses[pressed++ % presses.length] ?? 'Home'));
	}, everyMs);
	return async () => {
		clearInterval(timer);
		await pressing;
		await page.waitForTimeout(everyMs); // the last answer is told a little later
		const told = await page.evaluate(() => (window as unknown as { answers: number[] }).answers);
		const quick = new Array<number>(Math.max(0, pressed - told.length)).fill(leastMs);
		const all = [...quick, ...told].sort((a, b) => a - b);
		const at = (share: number) => all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? 0;
		return { presses: pressed, p50: at(0.5), p95: at(0.95), max: at(1) };
	};
}
