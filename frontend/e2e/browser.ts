import { AxeBuilder } from '@axe-core/playwright';
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Chromium without what is around a page, which costs as much again and which nobody sees. */
const shell = '/usr/bin/chromium-headless-shell';

/** Starts a browser that calls nobody but the pages it is told to open. */
export function startBrowser(): Promise<Browser> {
	return chromium.launch({
		executablePath: process.env.EMITSCOPE_CHROMIUM ?? (existsSync(shell) ? shell : '/usr/bin/chromium'),
		args: [
			'--headless',
			'--font-render-hinting=none', // the shell hints by itself, so that text is wider there than on screens
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

/** Hands on what a page complains about, as an error or a warning, but for lines that are expected. */
export function onComplaint(page: Page, complain: (text: string) => void, expected?: RegExp): void {
	page.on('pageerror', (error) => complain(String(error)));
	page.on('console', (line) => {
		if ((line.type() === 'error' || line.type() === 'warning') && !expected?.test(line.text())) complain(line.text());
	});
}

/**
 * Looks for what axe objects to: in the page itself, not by way of a second one. It describes
 * only that; what it has nothing against is most of a page, and takes as long again to tell.
 */
export function inspect(page: Page): AxeBuilder {
	return new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] });
}

/** Takes a picture of a state that a test has come to, for a person to look at, where EMITSCOPE_LOOK names a folder. */
export async function show(page: Page, name: string): Promise<void> {
	const folder = process.env.EMITSCOPE_LOOK;
	if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
