// A Socket.IO client that a test drives: one JSON command a line on stdin, one
// JSON line on stdout for everything that happens. client.py speaks the same.
// client.mjs PACKAGE: which of the library's versions, by the name package.json has
// for it.
import { createInterface } from "node:readline";

const library = await import(process.argv[2] ?? "socket.io-client");
const io = library.io ?? library.default; // version 2 has no names
let socket;

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// Binary arguments cross the pipe as {"$base64": "..."}.
const toJSON = (value) => {
	if (Buffer.isBuffer(value)) return { $base64: value.toString("base64") };
	if (Array.isArray(value)) return value.map(toJSON);
	if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, toJSON(v)]));
	return value;
};
const fromJSON = (value) => {
	if (Array.isArray(value)) return value.map(fromJSON);
	if (value && typeof value === "object") {
		if (typeof value.$base64 === "string") return Buffer.from(value.$base64, "base64");
		return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, fromJSON(v)]));
	}
	return value;
};

const commands = {
	connect({ url, namespace, transports, auth, again = false }) {
		const backoff = { reconnectionDelay: 100, reconnectionDelayMax: 800 };
		// Version 2 says in the query what later ones say in auth.
		socket = io(url + namespace, { transports, auth, query: auth, reconnection: again, ...backoff, forceNew: true });
		const engine = () => socket.io.engine;
		socket.on("connect", () => {
			say({ type: "connected", id: socket.id, transport: engine().transport.name, recovered: socket.recovered });
			engine().on("upgrade", (transport) => say({ type: "upgrade", transport: transport.name }));
		});
		const refused = (e) => say({ type: "connect_error", message: e.message ?? e, data: e.data });
		socket.on("connect_error", refused);
		if (!socket.onAny) socket.on("error", refused);
		socket.io.on("reconnect_attempt", (n) => say({ type: "attempt", id: n }));
		socket.on("disconnect", (reason) => say({ type: "disconnect", reason }));
		const received = (event, ...args) => say({ type: "event", event, args: toJSON(args) });
		if (socket.onAny) socket.onAny(received);
		else {
			const { onevent } = socket; // version 2 has no word for all events
			socket.onevent = (packet) => {
				received(...packet.data);
				onevent.call(socket, packet);
			};
		}
	},
	emit({ id, event, args }) {
		args = fromJSON(args);
		if (id === undefined) socket.emit(event, ...args);
		else socket.emit(event, ...args, (...answer) => say({ type: "ack", id, args: toJSON(answer) }));
	},
	cut() {
		socket.io.engine.close(); // as if the network had
	},
	close() {
		socket.close();
	},
};

for await (const line of createInterface({ input: process.stdin })) {
	const command = JSON.parse(line);
	commands[command.op](command);
}
socket?.close();
