// Pushes one message every interval over REST.
import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions } from './options.mjs';

const { url, namespace, interval, seconds } = readOptions();
const count = Math.round(seconds / interval);
const start = performance.now();

for (let n = 0; n < count; n++) {
	// Always from the start: "now + interval" would add up every delay.
	await sleep(Math.max(0, start + n * interval * 1000 - performance.now()));
	const answer = await fetch(`${url}/api/v1/messages`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ namespace, event: 'tick', data: { n } }),
	});
	if (answer.status !== 202) {
		const problem = await answer.json();
		console.error(problem.message, problem.hint ?? '');
		process.exit(1);
	}
}
console.log(`published ${count} messages`);
