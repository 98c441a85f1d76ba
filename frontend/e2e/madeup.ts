import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page, WebSocketRoute } from 'playwright-core';
import type { FeedFrame, FeedHello, FeedQuery, Lane, Message } from '$lib/wire';
import { onComplaint } from './browser';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const types: Record<string, string> = {
	'.html': 'text/html',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.svg': 'image/svg+xml',
	'.woff2': 'font/woff2',
};

/** As strict as the hub may ever be. */
const policy =
	"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'";

/** Where the made-up hub is. */
export const origin = 'http://127.0.0.1:8092';

/**
 * A made-up hub inside the browser: it serves the built page and answers as
 * the test tells it to. What only a real hub can show is tested with one.
 */
export class MadeUpHub {
	/** The open feeds, the newest last. */
	feeds: WebSocketRoute[] = [];
	/** While false a new feed is closed at once. */
	up = true;
	/** What GET /messages and GET /messages/{seq} know. */
	messages: Message[] = [];
	/** What GET /lanes knows. */
	lanes: Partial<Lane>[] = [];
	/** The answer to everything under /api, instead of the usual one. */
	refusal: { status: number; body: object } | null = null;
	/** What GET /messages waits for before it answers. */
	past: Promise<void> = Promise.resolve();
	/** What the page complained of: errors, and whatever its policy forbade. */
	complaints: string[] = [];
	/** What the page sent on the feed. */
	heard: string[] = [];
	/** Requests for anything that is not the hub's. */
	strangers: string[] = [];

	#number = 0; // of the last query heard

	constructor(readonly hello: FeedHello) {}

	/** Opens the page, and returns when it has painted its frame. */
	async open(page: Page): Promise<void> {
		page.setDefaultTimeout(10_000); // shorter than a test's, so that the step that hangs is named
		onComplaint(page, (text) => this.complaints.push(text));
		page.on('request', (request) => {
			if (!request.url().startsWith(origin)) this.strangers.push(request.url());
		});
		await page.routeWebSocket('**/api/v1/feed', (feed) => this.#join(feed));
		await page.route('**/*', async (route) => {
			const url = new URL(route.request().url());
			if (url.pathname.startsWith('/api/')) {
				if (url.pathname.endsWith('/messages')) await this.past;
				const { status, body } = this.#answer(url);
				return route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
			}
			const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
			const body = await readFile(dist + name).catch(() => null);
			if (body === null) return route.fulfill({ status: 404, body: `${name} is not in dist: npm run build` });
			return route.fulfill({
				body,
				contentType: types[extname(name)] ?? 'application/octet-stream',
				headers: { 'content-security-policy': policy },
			});
		});
		await page.goto(origin);
		await page.locator('h1').waitFor();
	}

	/** Says something on every open feed; a frame of no query is of the last one heard. */
	say(what: FeedFrame | object): void {
		for (const feed of this.feeds) feed.send(JSON.stringify('query' in what ? { ...what, query: what.query || this.#number } : what));
	}

	/** Closes every feed, and refuses new ones until up is set again. */
	async goDown(): Promise<void> {
		this.up = false;
		await Promise.all(this.feeds.splice(0).map((feed) => feed.close({ code: 1001 })));
	}

	#join(feed: WebSocketRoute): void {
		if (!this.up || this.refusal) {
			void feed.close({ code: 1008 });
			return;
		}
		this.feeds.push(feed);
		feed.onMessage((text) => {
			this.heard.push(String(text));
			this.#number = (JSON.parse(String(text)) as FeedQuery).number;
		});
		feed.send(JSON.stringify(this.hello));
	}

	#answer(url: URL): { status: number; body: object } {
		if (this.refusal) return this.refusal;
		const seq = /\/messages\/(\d+)$/.exec(url.pathname)?.[1];
		if (seq) {
			const found = this.messages.find((m) => m.seq === Number(seq));
			return found
				? { status: 200, body: found }
				: { status: 404, body: { code: 'not_found', message: `message ${seq} is not kept any more` } };
		}
		if (url.pathname.endsWith('/messages')) return this.#page(url.searchParams.get('q') ?? '');
		if (url.pathname.endsWith('/session')) return { status: 200, body: { scopes: this.hello.scopes, local: true } };
		if (url.pathname.endsWith('/recordings')) return { status: 200, body: { recordings: [], file_bytes: 0, max_bytes: 0 } };
		if (url.pathname.endsWith('/clients')) return { status: 200, body: { clients: [] } };
		if (url.pathname.endsWith('/simulators')) return { status: 200, body: { simulators: [] } };
		if (url.pathname.endsWith('/keys')) return { status: 200, body: { keys: [] } };
		if (url.pathname.endsWith('/alert-history')) return { status: 200, body: { events: [] } };
		if (url.pathname.endsWith('/lanes')) return { status: 200, body: { lanes: this.lanes } };
		if (url.pathname.endsWith('/streams/points')) return { status: 200, body: { step: '1s', times: [], streams: [], others: [] } };
		if (url.pathname.endsWith('/points')) return { status: 200, body: { step: '1s', points: [] } };
		return { status: 200, body: {} };
	}

	/** The newest messages that a query selects, as far as the real hub's queries go. */
	#page(query: string): { status: number; body: object } {
		let messages = this.messages;
		for (const term of query.split(' ').filter(Boolean)) {
			const [field, ...value] = term.split(':');
			if (/^time[<>]/.test(term)) continue; // all that is here is of now
			if (field !== 'ns' && field !== 'event')
				return { status: 400, body: { code: 'invalid_query', message: `query field "${field}" is unknown`, hint: 'the fields are ns and event', at: query.indexOf(term), length: term.length } };
			messages = messages.filter((m) => (field === 'ns' ? m.namespace : m.event) === value.join(':'));
		}
		return { status: 200, body: { messages: messages.slice(0, 50) } };
	}
}
