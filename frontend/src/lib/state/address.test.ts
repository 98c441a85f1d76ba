import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Address, type Part } from '$lib/state/address.svelte';
import { Memory } from '$lib/state/madeparts.svelte';

/** A browser's address with its history, as far as Address uses it. */
class Browser extends EventTarget {
	entries = [''];
	at = 0;
	get location() {
		return { hash: this.entries[this.at] ?? '' };
	}
	pushState = (_: null, __: string, hash: string) => {
		this.entries = [...this.entries.slice(0, ++this.at), hash];
	};
	replaceState = (_: null, __: string, hash: string) => {
		this.entries[this.at] = hash;
	};
	/** As a person does, with a link or by going back. */
	open(hash: string, meanwhile: () => void = () => {}) {
		this.pushState(null, '', hash);
		meanwhile(); // the event comes later than the change
		this.dispatchEvent(new Event('hashchange'));
	}
	back() {
		this.at--;
		this.dispatchEvent(new Event('hashchange'));
	}
}

let browser: Browser;
let stop: (() => void) | undefined;

beforeEach(() => {
	vi.useFakeTimers();
	browser = new Browser();
	vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser));
	vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser));
	vi.stubGlobal('history', browser);
	Object.defineProperty(globalThis, 'location', { get: () => browser.location, configurable: true });
});
afterEach(() => {
	stop?.();
	vi.useRealTimers();
	vi.unstubAllGlobals();
	Reflect.deleteProperty(globalThis, 'location');
});

let address: Address;
function start(parts: readonly Part[], hash = ''): Address {
	browser.entries = [hash];
	address = new Address(parts);
	stop = address.start();
	address.tell();
	return address;
}

it('shows what a pasted link says, and leaves the address as it is', () => {
	const lane = new Memory('timing', 'lane');
	start([lane], '#timing?lane=%2Fws%2Frt_market');
	expect([address.screen, lane.text]).toEqual(['timing', '/ws/rt_market']);
	expect(browser.entries).toEqual(['#timing?lane=%2Fws%2Frt_market']);
});

it.for(['#nowhere', '#', '#?', '#live?&&=&q', '#live?nobody=knows&%E0%A4%A', '#TIMING?lane=/ws'])('does no harm with "%s"', (hash) => {
	const query = new Memory('live', 'q');
	expect(start([query], hash).screen).toBe('live');
	expect(query.text).toBe('');
});

it('makes an entry of its own for each place, and none for each step on the way', () => {
	const [query, seq] = [new Memory('live', 'q', true), new Memory('live', 'seq')];
	start([query, seq]);
	query.text = 'event:tick data.note:"a b"';
	address.tell();
	vi.advanceTimersByTime(1000);
	for (const text of ['1', '2', '3']) {
		seq.text = text;
		address.tell();
		vi.advanceTimersByTime(1000);
	}
	address.go('timing');
	address.tell();
	expect(browser.entries).toEqual(['', '#live?q=event:tick%20data.note:%22a%20b%22&seq=3', '#timing']);
	browser.back();
	expect([address.screen, query.text, seq.text]).toEqual(['live', 'event:tick data.note:"a b"', '3']);
	browser.back();
	expect([query.text, seq.text]).toEqual(['', '']);
});

it('changes the address at most twice a second while somebody moves about, and says the last', () => {
	const at = new Memory('timing', 'at');
	start([at], '#timing');
	const replaced = vi.spyOn(browser, 'replaceState');
	for (let i = 0; i < 100; i++) {
		at.text = String(i);
		address.tell();
		vi.advanceTimersByTime(10);
	}
	vi.advanceTimersByTime(1000);
	expect(replaced.mock.calls.length).toBeLessThanOrEqual(4);
	expect(browser.location.hash).toBe('#timing?at=99');
});

it('is not in the way of who goes somewhere just when it is to be changed', () => {
	const at = new Memory('timing', 'at');
	start([at], '#timing');
	for (const text of ['1', '2']) {
		at.text = text;
		address.tell(); // the second is told of a little later
	}
	browser.open('#live', () => vi.advanceTimersByTime(600));
	address.tell();
	vi.advanceTimersByTime(2000);
	expect([address.screen, ...browser.entries]).toEqual(['live', '#timing?at=1', '#live']);
});

it('leaves screens as they were, and says so when one is shown again', () => {
	const [query, lane] = [new Memory('live', 'q', true), new Memory('timing', 'lane')];
	start([query, lane], '#live?q=event:tick');
	browser.open('#timing?lane=/ws');
	expect([query.text, lane.text]).toEqual(['event:tick', '/ws']);
	address.go('live');
	address.tell();
	expect(browser.location.hash).toBe('#live?q=event:tick');
	expect(address.of('timing')).toBe('#timing?lane=/ws');
});

it('goes on saying what is not shown yet, and takes it back when it cannot be', async () => {
	const query = new Memory('live', 'q', true);
	let answer = (_: boolean) => {};
	query.wait = () => new Promise((resolve) => (answer = resolve));
	start([query], '#live?q=nonsense');
	expect([query.text, browser.location.hash]).toEqual(['', '#live?q=nonsense']);
	answer(false);
	await vi.advanceTimersByTimeAsync(0);
	address.tell();
	expect(browser.entries).toEqual(['#live']);
});
