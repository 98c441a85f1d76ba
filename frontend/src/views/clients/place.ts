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
