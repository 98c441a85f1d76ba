// Prints every event of a namespace, with the gap to the one before it. Where
// the namespace's lane has a pace, the gap is also measured against that.
import { io } from 'socket.io-client';
import { fail, headersFor, readOptions } from './options.mjs';

const { url, namespace, seconds, key } = readOptions('url', 'namespace', 'seconds');
const hub = io(url + namespace, { auth: key ? { key } : {} });
let wasConnected = false;
let count = 0;
let lanePace; // a promise: ms from one slot of the lane to the next; 0: as they come
let last;

hub.on('connect', () => {
	wasConnected = true;
	console.log(`listening to ${namespace}`);
});
hub.on('connect_error', (problem) => {
	if (!wasConnected) fail(problem.type === 'TransportError' ? `no hub answers at ${url}` : problem.message);
	console.error(`${problem.message}; trying again`);
});
hub.onAny((event, ...data) => {
	const now = performance.now();
	lanePace ??= paceOf().catch(() => 0); // asked for now, since a lane is made by its first message
	const gap = last === undefined ? undefined : now - last;
	last = now;
	count++;
	// What waits for one promise is run in order.
	lanePace.then((pace) => console.log(event, JSON.stringify(data), gapText(gap, pace)));
});

function gapText(gap, pace) {
	if (gap === undefined) return 'the first';
	const text = `after ${gap.toFixed(1)} ms`;
	if (pace === 0) return text;
	const slots = Math.max(1, Math.round(gap / pace)); // a slot without a message is just empty
	return `${text}, off the pace by ${(gap - slots * pace).toFixed(1)} ms`;
}

async function paceOf() {
	const answer = await fetch(`${url}/api/v1/lanes/${encodeURIComponent(namespace)}`, { headers: headersFor(key) });
	const { interval = '', rate = 0 } = await answer.json();
	if (rate > 0) return 1000 / rate;
	const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, µs: 1e-3, ns: 1e-6 };
	const parts = [...interval.matchAll(/([\d.]+)(h|ms|m|s|µs|ns)/g)]; // "1m2.5s"
	return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0);
}

function end() {
	hub.disconnect();
	console.log(`received ${count} events`);
	process.exit(0);
}
setTimeout(end, seconds * 1000);
process.once('SIGINT', end);
