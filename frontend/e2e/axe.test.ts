import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspect, startBrowser } from './browser';
import { MadeUpHub } from './madeup';
import { Traffic } from './traffic';

/** The page must be usable by everybody: names, contrast, structure. */
let browser: Browser;
beforeAll(async () => {
	browser = await startBrowser();
});
afterAll(() => browser.close());

const busy = () => {
	const traffic = new Traffic(Date.now() - 70_000);
	traffic.warmUp(62);
	const hub = new MadeUpHub(traffic.hello());
	hub.messages = traffic.messages;
	return { hub, traffic };
};

it.for([
	{ scene: 'live', colorScheme: 'dark', width: 1440 },
	{ scene: 'live', colorScheme: 'light', width: 1440 },
	{ scene: 'live', colorScheme: 'dark', width: 390 },
	{ scene: 'lost', colorScheme: 'dark', width: 1440 },
	{ scene: 'lost', colorScheme: 'light', width: 1440 },
	{ scene: 'empty', colorScheme: 'dark', width: 1440 },
	{ scene: 'empty', colorScheme: 'light', width: 390 },
] as const)('the $scene page has nothing axe objects to, $colorScheme, $width px wide', async ({ scene, colorScheme, width }) => {
	const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme, locale: 'en-US', bypassCSP: true });
	const page = await context.newPage();
	const { hub, traffic } = busy();
	if (scene === 'empty') {
		hub.messages = [];
		hub.hello.points = [];
	}
	await hub.open(page);
	if (scene !== 'empty') {
		for (let i = 0; i < 20; i++) hub.say(traffic.frame());
		await page.getByRole('grid').getByRole('row').nth(5).waitFor();
		await page.keyboard.press('j');
		await page.getByText('Four times').waitFor();
	} else await page.getByText('Nothing has been sent yet.').waitFor();
	if (scene === 'lost') {
		await hub.goDown();
		await page.getByText('Not connected').first().waitFor();
	}
	const { violations } = await inspect(page).analyze();
	await context.close();
	expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join('\n')}`)).toEqual([]);
});
