import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { RuleList } from '$lib/wire';
import { inspect, show, startBrowser } from './browser';
import { RealHub } from './hub';

/** Reply rules on screen, with the real program. */
let browser: Browser;
const hub = new RealHub();
beforeAll(async () => {
	[browser] = await Promise.all([startBrowser(), hub.start()]);
});
afterAll(async () => {
	await Promise.all([browser.close(), hub.remove()]);
});

async function open(width = 1440, colorScheme: 'dark' | 'light' = 'dark'): Promise<Page> {
	const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, locale: 'en-US', bypassCSP: true });
	const page = await context.newPage();
	page.setDefaultTimeout(20_000);
	await page.goto(`${hub.url}/#compose`);
	await page.getByRole('heading', { name: 'Reply rules' }).waitFor();
	await page.getByRole('button', { name: 'message_back' }).waitFor();
	return page;
}

/** Emits by Socket.IO's polling, and returns what comes until it has the words. */
async function say(namespace: string, event: string, until: string): Promise<string> {
	const at = `${hub.url}/socket.io/?EIO=4&transport=polling`;
	const { sid } = JSON.parse((await (await fetch(at)).text()).slice(1)) as { sid: string };
	const post = (body: string) => fetch(`${at}&sid=${sid}`, { method: 'POST', body });
	await post(`40${namespace},`);
	await post(`42${namespace},${event}`);
	let got = '';
	await expect.poll(async () => (got += await (await fetch(`${at}&sid=${sid}`)).text()), { timeout: 20_000 }).toContain(until);
	await post('1');
	return got;
}

it('makes a rule that answers, shows an error at its field, and switches it off', { timeout: 60_000 }, async () => {
	const page = await open();
	await page.getByRole('button', { name: 'New rule' }).click();
	const dialog = page.getByRole('dialog', { name: 'New reply rule' });
	await dialog.getByLabel('Namespace', { exact: true }).fill('/ws/jobs');
	await dialog.getByLabel('Event', { exact: true }).fill('start');
	await dialog.getByLabel('Event to emit').fill('progress');
	await dialog.getByLabel('Data, as JSON').fill('{"job":{{data.nme}},"x":{{nix}}}');
	await dialog.getByRole('button', { name: 'Save' }).click();
	await dialog.getByText('line 1, column 27').waitFor();
	expect(await dialog.getByLabel('Data, as JSON').getAttribute('aria-invalid')).toBe('true');
	await dialog.getByLabel('Data, as JSON').fill('{"job":{{data.name}}}');
	await dialog.getByRole('button', { name: 'Save' }).click();
	await dialog.waitFor({ state: 'detached' });
	await page.getByRole('button', { name: '/ws/jobs' }).waitFor();

	await say('/ws/jobs', '["start",{"name":"<b>\\"x"}]', '42/ws/jobs,["progress",{"job":"<b>\\"x"}]');
	const row = page.getByRole('listitem').filter({ hasText: '/ws/jobs' });
	const often = async () => {
		await say('/ws/jobs', '["start",{"name":1}]', 'progress'); // the rate forgets what was 10 s ago
		return row.innerText();
	};
	await expect.poll(often, { timeout: 20_000 }).toMatch(/\b(?:0\.[1-9]|[1-9]\d*\.\d)\b/);

	const on = row.getByRole('switch', { name: 'start on /ws/jobs is on' });
	await on.click();
	await expect.poll(() => on.getAttribute('aria-checked')).toBe('false');
	await say('/ws/jobs', '7["start",{"name":1}]', '43/ws/jobs,7[{"ok":true');

	await page.getByRole('button', { name: '/ws/jobs' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await page.getByRole('dialog').getByText('Remove this rule?').waitFor();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await row.waitFor({ state: 'detached' });
	await page.context().close();
});

const put = async (name: string, rule: object) => {
	const answer = await fetch(`${hub.url}/api/v1/rules/${name}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(rule) });
	expect(answer.ok).toBe(true);
};
const saved = async () => ((await (await fetch(`${hub.url}/api/v1/rules`)).json()) as RuleList).rules.filter((r) => r.source === 'saved').map((r) => r.name);

afterEach(async () => {
	for (const name of await saved()) await fetch(`${hub.url}/api/v1/rules/${encodeURIComponent(name)}`, { method: 'DELETE' });
});

it('puts rules into another order, by buttons and by keys', { timeout: 60_000 }, async () => {
	for (const name of ['one', 'two', 'three']) await put(name, { namespace: '/ws/order', event: name, reply: 'r', data: '1' });
	const page = await open();
	await page.getByRole('button', { name: 'Move three up (Alt ↑)' }).click();
	await expect.poll(saved).toEqual(['one', 'three', 'two']);
	const row = page.getByRole('button', { name: '/ws/order two' });
	await row.focus();
	await page.keyboard.press('Alt+ArrowUp');
	await expect.poll(saved).toEqual(['one', 'two', 'three']);
	await expect.poll(() => row.evaluate((el) => el === document.activeElement)).toBe(true);
	await page.keyboard.press('Alt+ArrowUp');
	await expect.poll(saved).toEqual(['two', 'one', 'three']);
	await expect.poll(() => page.getByRole('button', { name: 'Move two up' }).count()).toBe(0);
	await page.context().close();
});

it('refuses what is no number at its field', { timeout: 60_000 }, async () => {
	const page = await open();
	await page.getByRole('button', { name: 'New rule' }).click();
	const dialog = page.getByRole('dialog', { name: 'New reply rule' });
	await expect.poll(() => dialog.getByLabel('Name', { exact: true }).evaluate((el) => el === document.activeElement)).toBe(true);
	await dialog.getByRole('textbox', { name: 'In how many cases' }).fill('half');
	await dialog.getByText('a number from 0 to 100').waitFor();
	expect(await dialog.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
	await dialog.getByRole('textbox', { name: 'In how many cases' }).fill('50');
	await dialog.getByText('The last of a stream').click();
	await dialog.getByLabel('How many', { exact: true }).fill('0');
	expect(await dialog.getByLabel('How many', { exact: true }).inputValue()).toBe('0');
	await dialog.getByText('a whole number from 1').waitFor();
	await page.context().close();
});

it('says why a switch was refused', { timeout: 60_000 }, async () => {
	await put('gone', { namespace: '/ws/gone', event: 'x', reply: 'r', data: '1' });
	const page = await open();
	await page.route('**/api/v1/rules', (route) => route.fulfill({ status: 503 })); // so that the row stays
	await fetch(`${hub.url}/api/v1/rules/gone`, { method: 'DELETE' });
	await page.getByRole('switch', { name: 'gone is on' }).click();
	await page.getByRole('alert').getByText('There is no saved rule "gone"').waitFor();
	await page.context().close();
});

it.for([
	{ width: 1440, colorScheme: 'dark' },
	{ width: 1440, colorScheme: 'light' },
	{ width: 390, colorScheme: 'dark' },
] as const)('has nothing axe objects to, $colorScheme, $width px wide', { timeout: 60_000 }, async ({ width, colorScheme }) => {
	const page = await open(width, colorScheme);
	const audit = async () => (await inspect(page).analyze()).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join('\n')}`);
	expect(await audit()).toEqual([]);
	await show(page, `rules-${width}-${colorScheme}`);
	await page.getByRole('button', { name: 'New rule' }).click();
	await page.getByRole('dialog', { name: 'New reply rule' }).waitFor();
	await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished)));
	expect(await audit()).toEqual([]);
	await show(page, `rule-${width}-${colorScheme}`);
	await page.context().close();
});
