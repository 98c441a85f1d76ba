import { parseArgs } from 'node:util';

const known = {
	url: { type: 'string', default: 'http://127.0.0.1:8092' },
	namespace: { type: 'string', default: '/ws' },
	interval: { type: 'string', default: '1' }, // seconds between two messages; of a producer only
	seconds: { type: 'string', default: '60' }, // how long to go on
};

/** The options called names, as the command line gives them, and the key, where the hub asks for one. */
export function readOptions(...names) {
	const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, known[name]])) });
	return { ...values, interval: Number(values.interval), seconds: Number(values.seconds), key: process.env.EMITSCOPE_KEY };
}

/** The headers that show the key to the REST API. */
export function headersFor(key) {
	return key ? { Authorization: `Bearer ${key}` } : {};
}

/** Ends the program with a sentence. */
export function fail(sentence) {
	console.error(sentence);
	process.exit(1);
}
