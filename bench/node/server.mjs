// The official Socket.IO server with its own settings, told what to broadcast
// as the servers in Go are; see serve/stage.go.
//
// It is also a hub when it is asked to: what clients emit as "publish" waits in a
// queue, of which one message is sent each interval. With --interval MS that is
// what setInterval makes of it, with --schedule MS a timer that is set anew each
// time so that it does not drift.
import { createServer } from "node:http";
import { Server } from "socket.io";

const namespace = "/bench";
const event = "tick";
const grace = 1e9; // ns after the end of a schedule

const interval = Number(argument("--interval") ?? 0);
const schedule = Number(argument("--schedule") ?? 0);
const maxWaiting = 5000;

const http = createServer(answer);
const io = new Server(http);
const everybody = io.of(namespace);

let running = { planned: 0, sent: 0, timer: undefined };

function argument(name) {
	const at = process.argv.indexOf(name);
	return at < 0 ? undefined : process.argv[at + 1];
}

/** Nanoseconds since 1970, as exactly as a number holds them: to 256 ns. */
function now() {
	return (performance.timeOrigin + performance.now()) * 1e6;
}

function answer(request, response) {
	const url = new URL(request.url, "http://127.0.0.1");
	switch (`${request.method} ${url.pathname}`) {
		case "GET /api":
			return json(response, { result: "OK" });
		case "POST /control":
			begin(url.searchParams);
			return json(response, {});
		case "GET /control":
			return json(response, {
				sent: running.sent,
				planned: running.planned,
				goroutines: 0,
			});
		case "POST /collect":
			globalThis.gc?.();
			return json(response, {});
	}
	response.writeHead(404).end();
}

function json(response, body) {
	response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

function end() {
	clearTimeout(running.timer);
	running.timer = undefined;
}

/** Sends all that is due, then lets the loop have its turn, and again. */
function begin(query) {
	end();
	const start = Number(query.get("start"));
	const rate = Number(query.get("rate"));
	const planned = Math.ceil(rate * Number(query.get("seconds")));
	const pad = "x".repeat(Math.max(0, Number(query.get("size")) - 36));
	const due = (k) => start + (k / rate) * 1e9;
	const play = (running = { planned, sent: 0, timer: undefined });
	const turn = () => {
		const at = now();
		while (play.sent < planned && due(play.sent) <= at) {
			everybody.emit(event, { due: due(play.sent), pad });
			play.sent++;
		}
		if (play.sent === planned || at > due(planned) + grace) {
			play.timer = undefined;
			return;
		}
		play.timer = setTimeout(turn, Math.max(0, (due(play.sent) - now()) / 1e6));
	};
	play.timer = setTimeout(turn, 0);
}

if (interval > 0 || schedule > 0) {
	const queue = [];
	everybody.on("connection", (socket) => {
		socket.on("publish", (message, ack) => {
			const ok = queue.length < maxWaiting;
			if (ok) queue.push(message);
			ack?.({ ok });
		});
	});
	const drain = () => {
		const message = queue.shift();
		if (message !== undefined) everybody.emit(event, message);
	};
	if (interval > 0) {
		setInterval(drain, interval);
	} else {
		const start = performance.now();
		let slots = 0;
		const next = () => {
			const now = performance.now() - start;
			if (now >= slots * schedule) { // else the timer came early, as it does by up to 1 ms
				drain();
				slots = Math.floor(now / schedule) + 1;
			}
			setTimeout(next, start + slots * schedule - performance.now());
		};
		next();
	}
}

http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}`));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
