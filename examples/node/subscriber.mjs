// Prints every event of a namespace, with the gap to the one before it.
import { io } from 'socket.io-client';
import { readOptions } from './options.mjs';

const { url, namespace, interval, seconds } = readOptions();
const hub = io(url + namespace);
let count = 0;
let last;

hub.on('connect', () => console.log(`listening to ${namespace}`));
hub.on('connect_error', (problem) => console.error(problem.message));
hub.onAny((event, ...data) => {
	const now = performance.now();
	const off = last === undefined ? 0 : now - last - interval * 1000;
	last = now;
	count++;
	console.log(event, JSON.stringify(data), `off by ${off.toFixed(1)} ms`);
});

setTimeout(() => {
	hub.disconnect();
	console.log(`received ${count} events`);
}, seconds * 1000);
