import { type Browser, chromium, type Page } from 'playwright-core';

/** Starts a browser that calls nobody but the pages it is told to open. */
export function startBrowser(): Promise<Browser> {
	return chromium.launch({
		executablePath: process.env.EMITSCOPE_CHROMIUM ?? '/usr/bin/chromium',
		args: [
			'--headless',
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

/** Takes a picture of a state that a test has come to, for a person to look at, where EMITSCOPE_LOOK names a folder. */
export async function show(page: Page, name: string): Promise<void> {
	const folder = process.env.EMITSCOPE_LOOK;
	if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}
