/**
 * Where the page runs and where its hub is. Nothing else in the interface
 * knows whether it is shown by a browser or by the desktop window.
 */
export interface Host {
	/** Whether the desktop window shows the page. */
	readonly inWindow: boolean;
	/** The hub's HTTP origin without a slash at its end, such as "http://127.0.0.1:8092". */
	readonly http: string;
	/** The same for sockets, such as "ws://127.0.0.1:8092". */
	readonly ws: string;
}

declare global {
	interface Window {
		/** What Wails binds; only there in the desktop window. */
		go?: { app?: { Window?: { HubURL?: () => Promise<string> } } };
	}
}

/** Where the window's hub listens unless it says otherwise. */
const windowDefault = 'http://127.0.0.1:8092';

/** In a browser the hub is whoever served the page; the window asks its own process. */
export async function findHost(page: Location, bound: Window['go']): Promise<Host> {
	if (!isWindow(page)) return host(page.origin, false);
	const url = await bound?.app?.Window?.HubURL?.();
	return host(url ?? windowDefault, true);
}

/** Wails serves its page as wails://wails, on Windows as http://wails.localhost. */
function isWindow(page: Location): boolean {
	return page.protocol === 'wails:' || page.hostname === 'wails.localhost';
}

function host(url: string, inWindow: boolean): Host {
	const http = url.replace(/\/+$/, '');
	return { inWindow, http, ws: http.replace(/^http/, 'ws') };
}
