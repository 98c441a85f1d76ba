import type { Host } from '$lib/host/host';
import type { FeedHello } from '$lib/wire';

/** Where the hub listens, as a person should read it. */
export interface Place {
	onLan: boolean;
	/** Host and port to connect to. */
	address: string;
	port: string;
}

/**
 * What the hub said, or before that, what this page was opened with. A hub
 * that listens on every interface says so by an address nobody can connect to;
 * then the address that brought the reader here is the useful one.
 */
export function place(hello: FeedHello | null, host: Host): Place {
	const opened = new URL(host.http).host;
	const said = hello?.address ?? opened;
	const everywhere = /^(0\.0\.0\.0|\[::\])?:/.test(said);
	const address = everywhere && !isLoopback(opened) ? opened : said;
	return { onLan: hello?.on_lan ?? !isLoopback(opened), address, port: /:(\d+)$/.exec(said)?.[1] ?? '80' };
}

function isLoopback(host: string): boolean {
	return /^(127\.|localhost(:|$)|\[::1\])/.test(host);
}
