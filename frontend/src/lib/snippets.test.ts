import { expect, it } from 'vitest';
import { receivers, requests, senders } from '$lib/snippets';

const code = (body: string, name: string) => requests('http://hub', body).find((p) => p.name === name)?.code ?? '';

it.for([`{"a":"it's"}`, '{"a":"\\n \\u00e9 \\\\"}', '{"a":"`${b}`"}', `{"a":"'''"}`, '{\n  "n": 12345678901234567890\n}'])('sends %s as it is written, by JavaScript', async (body) => {
	let sent: unknown;
	const run = new Function('fetch', code(body, 'JavaScript')) as (fetch: (url: string, how: { body: string }) => void) => void;
	run((_, how) => (sent = how.body));
	expect(sent).toBe(body);
});

it('quotes for the shell', () => {
	expect(code(`{"a":"it's"}`, 'curl')).toBe(`curl http://hub/api/v1/messages --json '{"a":"it'\\''s"}'`);
});

it('quotes for Python', () => {
	expect(code('{"a":"\\n"}', 'Python')).toContain(`r'''{"a":"\\n"}'''`);
	expect(code(`{"a":"'''"}`, 'Python')).toContain(`message = "{\\"a\\":\\"'''\\"}"`);
});

it('names a key only where one is asked for', () => {
	for (const piece of [...senders('http://hub'), ...receivers('http://hub', 'Terminal')]) expect(piece.code, piece.name).not.toMatch(/auth|key/i);
	for (const piece of [...senders('http://hub', 'SECRET'), ...receivers('http://hub', 'Terminal', 'SECRET')])
		expect(piece.code, piece.name).toMatch(/(Bearer |key: ")SECRET/);
});
