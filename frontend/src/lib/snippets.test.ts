import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import type { Whole } from '$lib/api/rest';
import { bodyOf, type Language, languages, openings, receivers, request, senders } from '$lib/snippets';

const code = (body: string, language: Language) => request(language, 'http://hub', body);
const requests = (key = '') => languages.map((name) => ({ name, code: request(name, 'http://hub', '{}', key) }));

const bodies = [`{"a":"it's"}`, '{"a":"\\n \\u00e9 é \\\\"}', '{"a":"`${b}` $HOME !! \\\\\""}', `{"a":"'''"}`, '{\n  "n": 12345678901234567890\n}'];

it.for(bodies)('sends %s as it is written, by JavaScript', async (body) => {
	let sent: unknown;
	const run = new Function('fetch', code(body, 'JavaScript')) as (fetch: (url: string, how: { body: string }) => void) => void;
	run((_, how) => (sent = how.body));
	expect(sent).toBe(body);
});

it.for(bodies)('sends %s as it is written, by a shell', (body) => {
	const { stdout } = spawnSync('bash', ['-c', `curl() { printf %s "$3"; }\n${code(body, 'curl')}`]);
	expect(String(stdout)).toBe(body);
});

it.runIf(spawnSync('python3', ['--version']).status === 0).for(bodies)('sends %s as it is written, by Python', (body) => {
	const print = 'import sys, urllib.request\nurllib.request.urlopen = lambda request: sys.stdout.buffer.write(request.data)\n';
	const { stdout, stderr } = spawnSync('python3', ['-c', print + code(body, 'Python')]);
	expect(String(stdout), String(stderr)).toBe(body);
});

it('sends a message again with its rooms, and its data to the last digit', () => {
	const message = { namespace: '/ws', event: 'a "b"', rooms: ['x'] } as unknown as Whole['message'];
	expect(bodyOf({ message, payload: '{"n":12345678901234567890}' })).toBe(
		'{"namespace": "/ws", "event": "a \\"b\\"", "rooms": ["x"], "data": {"n":12345678901234567890}}',
	);
});

it('quotes for the shell', () => {
	expect(code(`{"a":"it's"}`, 'curl')).toBe(`curl http://hub/api/v1/messages --json '{"a":"it'\\''s"}'`);
});

it('quotes for Python', () => {
	expect(code('{"a":"\\n"}', 'Python')).toContain(`r'''{"a":"\\n"}'''`);
	expect(code(`{"a":"'''"}`, 'Python')).toContain(`message = "{\\"a\\":\\"'''\\"}"`);
});

it('names a key only where one is asked for', () => {
	for (const piece of [...senders('http://hub'), ...receivers('http://hub', 'Terminal'), ...requests()]) expect(piece.code, piece.name).not.toMatch(/auth|key/i);
	for (const piece of [...senders('http://hub', 'SECRET'), ...receivers('http://hub', 'Terminal', 'SECRET'), ...requests('SECRET')])
		expect(piece.code, piece.name).toMatch(/(Bearer |key: ")SECRET/);
});

it('sends the same message in every language', () => {
	for (const { name, code } of senders('http://hub', 'SECRET')) {
		expect(code, name).toContain('http://hub/api/v1/messages');
		for (const word of ['namespace', '/ws/rt_market', 'event', 'tick', 'symbol', 'AAPL', '231.42']) expect(code, `${name}: ${word}`).toContain(word);
	}
	let sent: { headers?: Record<string, string>; body?: string } = {};
	const run = new Function('fetch', 'console', senders('http://hub', 'SECRET').find((p) => p.name === 'JavaScript')?.code ?? '') as (
		fetch: (url: string, how: typeof sent) => Promise<{ text: () => string }>,
		console: object,
	) => void;
	run(async (_, how) => {
		sent = how;
		return { text: () => '' };
	}, {});
	expect(sent.headers).toEqual({ 'Content-Type': 'application/json', Authorization: 'Bearer SECRET' });
	expect(JSON.parse(sent.body ?? '')).toEqual({ namespace: '/ws/rt_market', event: 'tick', data: { symbol: 'AAPL', price: 231.42 } });
});

it('opens the port in the firewall of each system that has a command for it', () => {
	expect(openings('linux', 8093)).toEqual(['sudo ufw allow 8093/tcp', 'sudo firewall-cmd --add-port=8093/tcp']);
	expect(openings('windows', 8093)).toEqual([expect.stringMatching(/^New-NetFirewallRule .*-LocalPort 8093 .*-Profile Private/)]);
	expect(openings('darwin', 8093)).toEqual([]);
});
