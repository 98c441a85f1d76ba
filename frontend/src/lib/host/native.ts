import { recall, remember } from '$lib/host/remember';
import { bound, runtime } from '$lib/host/wails';

/** What happened outside the page and is for the page to do: a menu's entry, a file that was opened (app/acts.go). */
export interface Act {
	name: string;
	/** Such as the name of a recording, or what is wrong. */
	text: string;
	/** Of a fault; empty when there is none. */
	code: string;
	/** What to do about it; may be empty. */
	hint: string;
	/** Of "leave": what would end with the hub. */
	recordings: number;
	clients: number;
}

/** Whether the system starts the program at login, and how. */
export interface Autostart {
	on: boolean;
	/** Its window is not shown then. */
	hidden: boolean;
	/** Why that is not known, or was not changed; empty: nothing is wrong. */
	what: string;
}

/** What the program is made of. */
export interface Made {
	version: string;
	go: string;
	/** What draws the page; empty: the page knows. */
	view: string;
	system: string;
}

/** What became of asking for updates. */
export interface UpdateNews {
	version: string;
	own: string;
	newer: boolean;
	notes: string;
	link: string;
	/** Of a fault; empty when there is none. */
	code: string;
	what: string;
	hint: string;
}

/** Takes what happened outside the page, from now on and what waited for it. Returns how to stop. In a browser there is nothing. */
export function watchActs(onact: (act: Act) => void): () => void {
	const process = bound();
	const desktop = runtime();
	if (!process || !desktop) return () => {};
	const stop = desktop.EventsOn('act', onact);
	void process.Listen().then((waited) => waited.forEach(onact));
	return stop;
}

/** Says that the reader is being asked whether to leave. */
export const heard = () => void bound()?.Heard();

/** Hides the window, while the hub goes on, or ends both. */
export const leave = (how: 'background' | 'stop') => void bound()?.Leave(how);

/** Null in a browser. */
export const made = () => bound()?.About() ?? Promise.resolve(null);
export const checkUpdates = () => bound()?.CheckUpdates() ?? Promise.resolve(null);
export const autostart = () => bound()?.Autostart() ?? Promise.resolve(null);
export const setAutostart = (on: boolean, hidden: boolean) => bound()?.SetAutostart(on, hidden) ?? Promise.resolve(null);

/** What draws the page, by what it calls itself. */
export function viewOf(agent: string): string {
	const named = /\b(Edg|Chrome|Firefox|Version|AppleWebKit)\/([\d.]+)/g;
	const found = new Map([...agent.matchAll(named)].map(([, name = '', version = '']) => [name, version]));
	const [edge, chrome, firefox, safari, webkit] = ['Edg', 'Chrome', 'Firefox', 'Version', 'AppleWebKit'].map((name) => found.get(name));
	if (edge) return `Edge ${edge}`;
	if (chrome) return `Chrome ${chrome}`;
	if (firefox) return `Firefox ${firefox}`;
	if (safari) return `Safari ${safari}`;
	return webkit ? `WebKit ${webkit}` : agent;
}

/** Keeps which screen is shown, for the next start of the window. In a browser the address says it. */
export function rememberScreen(name: string): void {
	if (bound()) remember('screen', name);
}

/** Has the address say the screen that the window showed last, unless it says one already. */
export function returnToScreen(page: Location, pages: History): void {
	const name = recall('screen');
	if (bound() && name && page.hash === '') pages.replaceState(null, '', `#${name}`);
}
