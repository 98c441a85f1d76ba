import { parseArgs } from 'node:util';

/** Reads the options that both examples have. */
export function readOptions() {
	const { values } = parseArgs({
		options: {
			url: { type: 'string', default: 'http://127.0.0.1:8092' },
			namespace: { type: 'string', default: '/ws' },
			interval: { type: 'string', default: '1' }, // seconds between two messages
			seconds: { type: 'string', default: '60' }, // how long to go on
		},
	});
	return { ...values, interval: Number(values.interval), seconds: Number(values.seconds) };
}
