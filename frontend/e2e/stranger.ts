import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A hub takes whoever comes by this address for somebody on another machine. */
const elsewhere = '192.168.1.77';

/**
 * A proxy on this machine in front of a hub, as strangers come by one. It hands
 * everything on as it is, sockets too, but for the header that says for whom.
 */
export class Stranger {
	/** Such as "http://127.0.0.1:41235". */
	url = '';
	/** Whether the browser behind it keeps no cookies. */
	dropsCookies = false;
	/** The first line of each request that came, and what it showed as a key. */
	readonly heard: { line: string; authorization: string }[] = [];
	#server: Server;
	#sockets = new Set<Socket>();

	constructor(hub: string) {
		const { hostname, port } = new URL(hub);
		this.#server = createServer((from, to) => {
			this.heard.push({ line: `${from.method} ${from.url}`, authorization: from.headers.authorization ?? '' });
			const headers = { ...from.headers, 'x-forwarded-for': elsewhere };
			const on = request({ hostname, port, method: from.method, path: from.url, headers }, (answer) => {
				if (this.dropsCookies) delete answer.headers['set-cookie'];
				to.writeHead(answer.statusCode ?? 502, answer.headers);
				answer.pipe(to);
			});
			on.on('error', () => to.destroy());
			from.pipe(on);
		});
		this.#server.on('connection', (socket) => this.#keep(socket));
		this.#server.on('upgrade', (from, socket: Socket, head) => {
			const hub_ = connect(Number(port), hostname);
			this.#keep(hub_);
			const headers = Object.entries({ ...from.headers, 'x-forwarded-for': elsewhere }).map(([name, value]) => `${name}: ${value}\r\n`);
			hub_.write(`${from.method} ${from.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
			hub_.write(head);
			hub_.pipe(socket).pipe(hub_);
			for (const [one, other] of [[socket, hub_], [hub_, socket]] as const) {
				one.on('error', () => other.destroy());
				one.on('close', () => other.destroy());
			}
		});
	}

	async start(): Promise<void> {
		await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
	}

	async stop(): Promise<void> {
		const closed = new Promise((resolve) => this.#server.close(resolve));
		for (const socket of this.#sockets) socket.destroy();
		await closed;
	}

	#keep(socket: Socket): void {
		this.#sockets.add(socket);
		socket.on('close', () => this.#sockets.delete(socket));
		socket.on('error', () => {});
	}
}
