import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { explained } from './explain';
import { zh } from './zh';

const backend = fileURLToPath(new URL('../../../backend/', import.meta.url));

/** All Go code of the hub but its tests. */
const code = readdirSync(backend, { recursive: true })
	.map(String)
	.filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
	.map((name) => readFileSync(backend + name, 'utf8'))
	.join('\n');

it('has sentences only for codes that the hub gives', () => {
	expect(Object.keys(zh.refusals).filter((one) => !code.includes(`"${one}"`))).toEqual([]);
});

/** Codes that no page meets: of programs that send, of the command line, and of a hub that does not start. */
const elsewhere = [
	...['idempotency_key_busy', 'idempotency_key_reused', 'invalid_idempotency_key', 'method_not_allowed', 'never_emitted', 'websocket_expected'],
	...['disconnected', 'invalid_last', 'too_slow', 'unknown_type'], // sockets
	...['connections_lost', 'invalid_fingerprint', 'unknown_certificate', 'unreachable', 'wrong_address', 'wrong_fingerprint'],
	...['damaged_keys', 'data_dir', 'data_dir_in_use', 'invalid_config', 'port_forbidden', 'port_taken'],
];

it('has a sentence for every code of the hub that a page can meet', () => {
	const given = new Set([...code.matchAll(/(?:WithCode\(|\bcode\s*:?=\s*|\bCode:\s*)"([a-z_]*[a-z])"/g)].map(([, one]) => one ?? ''));
	expect([...given].filter((one) => !(one in zh.refusals) && !elsewhere.includes(one)).sort()).toEqual([]);
	expect(elsewhere.filter((one) => !given.has(one))).toEqual([]);
});

it('says a refusal in the reader’s words, and what the hub said beside it', () => {
	const said = { code: 'queue_full', message: 'lane /ws is full', hint: 'wait 40 ms' };
	expect(explained(said, { queue_full: '已满。' }, '')).toEqual({ what: '已满。', todo: '', detail: 'Lane /ws is full. Wait 40 ms.' });
});

it('leaves to the hub what a language has no sentence for', () => {
	const said = { code: 'new_code', message: 'that is not so', hint: '' };
	expect(explained(said, {}, '')).toEqual({ what: 'That is not so.', todo: '', detail: '' });
});

it('says what is wrong where nobody answered', () => {
	expect(explained({ code: 'unreachable', message: '', hint: '' }, {}, 'No answer.')).toEqual({ what: 'No answer.', todo: '', detail: '' });
});
