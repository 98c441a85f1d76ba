import type { Host } from '$lib/host/host';
import { isLoopback } from '$lib/host/loopback';
import type { FeedHello } from '$lib/wire';

/** Where the hub listens, as a person should read it. */
export interface Place {
	onLan: boolean;
	/** Host and port to connect to; empty where nobody knows a host. */
	address: string;
	port: string;
}

/**
 * What the hub said, or before that, what this page was opened with. A hub
 * without a network that listens on every interface has only an address nobody
 * can connect to; then the one that brought the reader here is the useful one.
 */
export function place(hello: FeedHello | null, host: Host): Place {
	const opened = new URL(host.http).host;
	const said = hello?.address ?? opened;
	const everywhere = /^(0\.0\.0\.0|\[::\])?:/.test(said);
	const address = !everywhere ? said : isLoopback(opened) ? '' : opened;
	return { onLan: hello?.on_lan ?? !isLoopback(opened), address, port: /:(\d+)$/.exec(said)?.[1] ?? '80' };
}
