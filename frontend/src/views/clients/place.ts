import { count } from '$lib/format/number';
import { missed } from '$lib/state/levels.svelte';
import type { Client } from '$lib/wire';

/** How a client is connected, in its own name, and by which transport where there are several. */
export function doorOf(client: Client): { name: string; transport: string } {
	switch (client.door) {
		case 'socketio':
			return { name: 'Socket.IO', transport: client.transport };
		case 'websocket':
			return { name: 'WebSocket', transport: '' };
		default:
			return { name: client.transport === 'sse' ? 'SSE' : client.door, transport: '' };
	}
}

/** An address in its two parts, the port with its colon. */
export function hostAndPort(address: string): [host: string, port: string] {
	const colon = address.lastIndexOf(':');
	return colon < 0 ? [address, ''] : [address.slice(0, colon), address.slice(colon)];
}

/** A round trip to two or three digits, in ms below a second: "0.2 ms", "31 ms", "1.2 s". */
export function tripText(ms: number): [value: string, unit: string] {
	if (ms < 9.95) return [ms.toFixed(1), 'ms'];
	if (ms < 999.5) return [ms.toFixed(0), 'ms'];
	return [ms < 99_950 ? (ms / 1000).toFixed(1) : count(ms / 1000), 's'];
}

/** In how many of the last 60 seconds a client missed messages. */
export function secondsMissed(levels: Uint8Array): number {
	return levels.reduce((n, level) => n + (level === missed ? 1 : 0), 0);
}
