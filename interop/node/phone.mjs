// Opens an address in a browser of a phone's size and prints, as JSON, what was to
// be seen: phone.mjs CHROMIUM ADDRESS EVENT. It waits until a message with that
// event is on the page; without an event, until the page has settled.
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../frontend/package.json", import.meta.url))("playwright-core");
const [executablePath, address, event] = process.argv.slice(2);

const browser = await chromium.launch({
	executablePath,
	args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
	const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: "en-GB" });
	const page = await context.newPage();
	const problems = [];
	page.on("pageerror", (e) => problems.push(String(e)));
	page.on("console", (m) => m.type() === "error" && problems.push(m.text()));
	const began = performance.now();
	await page.goto(address);
	let message_ms = -1;
	if (event) {
		const seen = page.getByText(event).locator("visible=true").first().waitFor({ timeout: 15_000 });
		await seen.then(() => (message_ms = performance.now() - began), () => {});
	} else {
		await page.waitForLoadState("networkidle");
		await page.getByText(/key/i).locator("visible=true").first().waitFor({ timeout: 15_000 }).catch(() => {});
	}
	const here = await page.evaluate(() => ({
		address: location.href,
		history: history.length,
		script: document.cookie,
		stored: JSON.stringify({ ...localStorage, ...sessionStorage }),
		text: document.body.innerText,
		width: document.documentElement.scrollWidth,
	}));
	const cookies = (await context.cookies()).map(({ name, value, sameSite, httpOnly }) => ({ name, value, sameSite, httpOnly }));
	if (process.env.EMITSCOPE_PICTURE) await page.screenshot({ path: process.env.EMITSCOPE_PICTURE });
	process.stdout.write(JSON.stringify({ message_ms, ...here, cookies, problems }));
} finally {
	await browser.close();
}
