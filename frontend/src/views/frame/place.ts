import type { Host } from '$lib/host/host';
import { isLoopback } from '$lib/host/loopback';
import type { Shared } from '$lib/wire';

/** Where the hub listens, as a person should read it. */
export interface Place {
	onLan: boolean;
	/** Whether other machines may view without a key. */
	open: boolean;
	/** Host and port to connect to; empty where nobody knows a host. */
	address: string;
	port: string;
}

/**
 * What the hub said, or before that, what this page was opened with. A hub
 * without a network that listens on every interface has only an address nobody
 * can connect to; then the one that brought the reader here is the useful one.
 */
export function place(shared: Shared | null, host: Host): Place {
	const opened = new URL(host.http).host;
	const said = shared?.address ?? opened;
	const everywhere = /^(0\.0\.0\.0|\[::\])?:/.test(said);
	const address = !everywhere ? said : isLoopback(opened) ? '' : opened;
	const onLan = shared?.on ?? !isLoopback(opened);
	return { onLan, open: onLan && shared?.open_view === true, address, port: /:(\d+)$/.exec(said)?.[1] ?? '80' };
}
