// Pushes one message every interval over REST.
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, headersFor, readOptions } from './options.mjs';

const { url, namespace, interval, seconds, key } = readOptions('url', 'namespace', 'interval', 'seconds');
const count = Math.round(seconds / interval);
const start = performance.now();

for (let n = 0; n < count; n++) {
	// Always from the start: "now + interval" would add up every delay.
	await sleep(Math.max(0, start + n * interval * 1000 - performance.now()));
	const answer = await fetch(`${url}/api/v1/messages`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', ...headersFor(key) },
		body: JSON.stringify({ namespace, event: 'tick', data: { n } }),
	}).catch(() => fail(`no hub answers at ${url}`));
	if (answer.status !== 202) {
		const problem = await answer.json();
		fail([problem.message, problem.hint].filter(Boolean).join('; '));
	}
}
console.log(`published ${count} messages`);
