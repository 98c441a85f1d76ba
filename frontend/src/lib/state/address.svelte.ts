import { untrack } from 'svelte';

/** The screens, in the order of their keys 1 to 5. */
export const screenNames = ['live', 'timing', 'clients', 'tape', 'compose'] as const;
export type ScreenName = (typeof screenNames)[number];

/** One thing that is looked at on a screen, and that an address can say. */
export interface Part {
	readonly screen: ScreenName;
	/** What it is called in the address. */
	readonly name: string;
	/** Whether coming to it is going somewhere, so that back leads to what was there before. */
	readonly isPlace?: boolean;
	/** What is looked at; '' is what the screen shows of itself, and no address says it. */
	read(): string;
	/** Looks at what an address says, '' when it says nothing. What makes no sense changes nothing. */
	show(text: string): Promise<void> | void;
}

/** What an address said that is not shown yet. */
interface Coming {
	readonly text: string;
}

/**
 * How often the address changes at most while a person only moves about, in
 * ms. WebKit lets a page change it a hundred times in 30 s.
 */
const everyMs = 500;

/**
 * The page's address, which says the screen and what is looked at there, as
 * #timing?lane=/ws/rt_market&span=10m: back, forward and reload work, and a link
 * opens what its sender saw. What it says that nobody understands is left out.
 */
export class Address {
	screen = $state<ScreenName>('live');

	/** Until a part is shown that an address asked for, it counts as shown. */
	#coming = $state.raw<ReadonlyMap<Part, Coming>>(new Map());
	readonly #hash = $derived(this.of(this.screen));
	readonly #place = $derived(this.#of(this.screen, (part) => part.isPlace === true));

	#told = ''; // what the address said last, as far as it was understood
	#toldPlace = '';
	#toldAt = Number.NEGATIVE_INFINITY;
	#seen = ''; // what it was when we looked last
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly parts: readonly Part[]) {}

	/** Begins to follow the address. Returns how to stop. */
	start(): () => void {
		const follow = () => this.#follow(location.hash);
		untrack(follow);
		addEventListener('hashchange', follow);
		return () => {
			removeEventListener('hashchange', follow);
			clearTimeout(this.#timer);
		};
	}

	/** Has the address say what is looked at; to be called whenever that changes. */
	tell(): void {
		const [hash, place] = [this.#hash, this.#place];
		untrack(() => this.#tell(hash, place));
	}

	/** Shows another screen, as it was left. */
	go(screen: ScreenName): void {
		this.screen = screen;
	}

	/** What the address is when a screen is shown as it was left, such as "#live?q=event:tick". */
	of(screen: ScreenName): string {
		return this.#of(screen, () => true);
	}

	#of(screen: ScreenName, wanted: (part: Part) => boolean): string {
		const said = this.parts
			.filter((part) => part.screen === screen && wanted(part))
			.map((part) => [part.name, this.#coming.get(part)?.text ?? part.read()] as const)
			.filter(([, text]) => text !== '')
			.map(([name, text]) => `${name}=${encode(text)}`);
		return `#${screen}${said.length > 0 ? '?' : ''}${said.join('&')}`;
	}

	/** Shows what an address says. Other screens stay as they were left. */
	#follow(hash: string): void {
		const [name, said] = divide(hash);
		this.screen = screenNames.find((s) => s === name) ?? 'live';
		for (const part of this.parts) {
			const text = said.get(part.name) ?? '';
			if (part.screen === this.screen && text !== (this.#coming.get(part)?.text ?? part.read())) this.#show(part, text);
		}
		clearTimeout(this.#timer);
		this.#told = this.#hash;
		this.#toldPlace = this.#place;
		this.#seen = location.hash;
	}

	#show(part: Part, text: string): void {
		const shown = part.show(text);
		if (!shown) return;
		const coming = { text };
		this.#coming = new Map(this.#coming).set(part, coming);
		void shown.finally(() => {
			if (this.#coming.get(part) !== coming) return; // another address asked for something else meanwhile
			this.#coming = new Map([...this.#coming].filter(([p]) => p !== part));
			this.#toldPlace = this.#place; // where it could not be shown, nobody went anywhere
		});
	}

	/** Says what is looked at, at once where somebody went somewhere. */
	#tell(hash: string, place: string): void {
		clearTimeout(this.#timer);
		if (hash === this.#told) return;
		if (place !== this.#toldPlace) {
			this.#toldPlace = place;
			this.#put(hash, 'pushState');
		} else {
			const waitMs = this.#toldAt + everyMs - performance.now();
			if (waitMs <= 0) this.#put(hash, 'replaceState');
			else this.#timer = setTimeout(() => this.#put(hash, 'replaceState'), waitMs);
		}
	}

	#put(hash: string, how: 'pushState' | 'replaceState'): void {
		if (location.hash !== this.#seen) {
			// Somebody goes somewhere, and the browser tells of it in a moment: not over that.
			this.#seen = location.hash;
			this.#timer = setTimeout(() => this.#put(hash, how), everyMs);
			return;
		}
		this.#told = hash;
		this.#toldAt = performance.now();
		if (hash !== location.hash) history[how](null, '', hash);
		this.#seen = location.hash;
	}
}

/** What an address says: the screen's name, and each part's text by the part's name. */
export function divide(hash: string): [screen: string, parts: URLSearchParams] {
	const [screen = '', ...rest] = hash.replace(/^#/, '').split('?');
	return [screen, new URLSearchParams(rest.join('?'))];
}

/** As encodeURIComponent, but for what is harmless behind a question mark and good to read. */
function encode(text: string): string {
	return encodeURIComponent(text).replace(/%(2F|3A|2C)/g, decodeURIComponent);
}
