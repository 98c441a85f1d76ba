import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/** A native WebSocket client of a hub that does with its connection whatever a test wants, reading none of it included. */
export class NativeClient {
	/** Host and port, as the hub sees them. */
	address = '';
	#socket!: Socket;
	#unread = Buffer.alloc(0);

	/** Connects by a name, and listens to a namespace once the hub has said so. */
	async open(hub: string, { name = '', namespace = '/ws/rt_market', rooms = [] as string[], agent = '' } = {}): Promise<this> {
		const { hostname, port } = new URL(hub);
		const socket = connect(Number(port), hostname);
		this.#socket = socket;
		socket.on('error', () => {}); // the hub may cut it off
		const lines = [
			`GET /websocket?name=${encodeURIComponent(name)} HTTP/1.1`,
			`Host: ${hostname}:${port}`,
			'Connection: Upgrade',
			'Upgrade: websocket',
			'Sec-WebSocket-Version: 13',
			`Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
			...(agent ? [`User-Agent: ${agent}`] : []),
		];
		socket.write(`${lines.join('\r\n')}\r\n\r\n`);
		await this.#hears('101 Switching Protocols');
		this.address = `127.0.0.1:${socket.localPort}`;
		this.#send(0x1, Buffer.from(JSON.stringify({ type: 'subscribe', namespace, rooms })));
		await this.#hears('subscribed');
		socket.on('data', (data) => this.#read(data));
		return this;
	}

	/** Reads nothing any more, like a tab that hangs. */
	stall(): void {
		this.#socket.pause();
	}

	/** Leaves as a client should. */
	close(): void {
		this.#send(0x8, Buffer.from([0x03, 0xe8])); // 1000
		this.#socket.end();
	}

	/** Is gone without a word. */
	drop(): void {
		this.#socket.destroy();
	}

	/** Answers pings, for the hub lets go of who does not; all else it only takes. */
	#read(data: Buffer): void {
		let left = Buffer.concat([this.#unread, data]);
		while (left.length >= 2) {
			const short = left[1]! & 127;
			const head = short === 127 ? 10 : short === 126 ? 4 : 2;
			if (left.length < head) break;
			const end = head + (short === 127 ? Number(left.readBigUInt64BE(2)) : short === 126 ? left.readUInt16BE(2) : short);
			if (left.length < end) break;
			if (left[0] === 0x89) this.#send(0xa, left.subarray(head, end));
			left = left.subarray(end);
		}
		this.#unread = left;
	}

	#send(opcode: number, payload: Buffer): void {
		const length = payload.length < 126 ? [payload.length | 0x80] : [126 | 0x80, payload.length >> 8, payload.length & 255];
		this.#socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...length, 0, 0, 0, 0]), payload])); // a mask of zeros
	}

	#hears(text: string): Promise<void> {
		return new Promise((resolve, reject) => {
			const gone = () => reject(new Error(`the hub closed before it said ${text}`));
			const hear = (data: Buffer) => {
				if (!data.toString('latin1').includes(text)) return;
				this.#socket.off('data', hear).off('close', gone);
				resolve();
			};
			this.#socket.on('data', hear).on('close', gone);
		});
	}
}
