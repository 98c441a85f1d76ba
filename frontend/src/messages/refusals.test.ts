import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { explained } from './explain';
import { zh } from './zh';

const backend = fileURLToPath(new URL('../../../backend/', import.meta.url));

it('has sentences only for codes that the hub gives', () => {
	const code = readdirSync(backend, { recursive: true })
		.map(String)
		.filter((name) => name.endsWith('.go') && !name.endsWith('_test.go'))
		.map((name) => readFileSync(backend + name, 'utf8'))
		.join('\n');
	expect(Object.keys(zh.refusals).filter((one) => !code.includes(`"${one}"`))).toEqual([]);
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
