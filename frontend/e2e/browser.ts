import { type Browser, chromium } from 'playwright-core';

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
