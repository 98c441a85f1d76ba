import { bound } from '$lib/host/wails';

/**
 * Where the page's hub is. Nothing outside lib/host knows more about whether a
 * browser or the desktop window shows the page.
 */
export interface Host {
	/** Whether the desktop window shows the page. */
	readonly inWindow: boolean;
	/** The hub's HTTP origin without a slash at its end, such as "http://127.0.0.1:8092". */
	readonly http: string;
	/** The same for sockets, such as "ws://127.0.0.1:8092". */
	readonly ws: string;
}

/** Why the window's hub could not be started. */
export interface Refusal {
	/** Of the fault, such as "port_taken". */
	readonly code: string;
	/** What is wrong, as the hub says it. */
	readonly what: string;
	/** What to do about it; may be empty. */
	readonly hint: string;
	/** The port that is taken; 0 when the fault is another. */
	readonly port: number;
	/** A free port near it; 0 when there is none. */
	readonly nextPort: number;
}

/** In a browser the hub is whoever served the page. The window starts its own; port 0 is the one of the settings. */
export async function findHost(page: Location, port = 0): Promise<Host | Refusal> {
	const window = bound();
	if (!window) return host(page.origin, false);
	const { url, next_port: nextPort, ...refusal } = await window.Start(port);
	return url ? host(url, true) : { ...refusal, nextPort };
}

export function isRefusal(found: Host | Refusal): found is Refusal {
	return 'code' in found;
}

function host(url: string, inWindow: boolean): Host {
	const http = url.replace(/\/+$/, '');
	return { inWindow, http, ws: http.replace(/^http/, 'ws') };
}
