import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { Rest } from '$lib/api/rest';

const rest = new Rest('http://hub');
const never = new AbortController().signal;

function answer(status: number, body: string): void {
	vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(body, { status }))));
}
afterEach(() => vi.unstubAllGlobals());

it('keeps a payload exactly as the hub has it', async () => {
	answer(200, '{"seq":7,"data":{"n":12345678901234567890,"x":1.0}}');
	expect((await rest.message(7, never)).payload).toBe('{"n":12345678901234567890,"x":1.0}');
});

it('asks for the newest messages that match', async () => {
	answer(200, '{"messages":[{"seq":2,"data":[1]},{"seq":1,"data":null}]}');
	const page = await rest.newest('ns:/ws', 'event:tick', 50, never);
	expect(page.map((w) => [w.message.seq, w.payload])).toEqual([
		[2, '[1]'],
		[1, 'null'],
	]);
	expect(fetch).toHaveBeenCalledWith('http://hub/api/v1/messages?limit=50&q=ns%3A%2Fws&highlight=event%3Atick', expect.anything());
});

it('sends a message as it is written', async () => {
	answer(202, '{"accepted":1,"dropped":0,"first_seq":7,"last_seq":7,"queue_depth":{"/ws":0}}');
	const body = '{"event":"tick","data":12345678901234567890}';
	expect((await rest.publish(body)).first_seq).toBe(7);
	expect(fetch).toHaveBeenCalledWith('http://hub/api/v1/messages', expect.objectContaining({ method: 'POST', body }));
});

it('disconnects a client whatever is in its id', async () => {
	vi.stubGlobal('fetch', vi.fn(() => Promise.resolve(new Response(null, { status: 204 }))));
	await rest.disconnect('a/b ?');
	expect(fetch).toHaveBeenCalledWith('http://hub/api/v1/clients/a%2Fb%20%3F', expect.objectContaining({ method: 'DELETE' }));
});

it('sends the key it was given with each request, and in no address', async () => {
	const keyed = new Rest('http://hub');
	keyed.key = 'SECRET';
	answer(200, '{"entries":[]}');
	await keyed.audit(7, never);
	await keyed.publish('{}');
	for (const [url, how] of vi.mocked(fetch).mock.calls) {
		expect(how?.headers).toMatchObject({ Authorization: 'Bearer SECRET', Accept: 'application/json' });
		expect(url).not.toContain('SECRET');
	}
	expect(fetch).toHaveBeenCalledWith('http://hub/api/v1/audit?before=7', expect.anything());
});

it('shows a key to be swapped in the body', async () => {
	answer(200, '{"scopes":"view","local":false}');
	await rest.enter('SECRET');
	expect(fetch).toHaveBeenCalledWith('http://hub/api/v1/session', expect.objectContaining({ method: 'POST', body: '{"key":"SECRET"}' }));
});

it('shows a revoked key no more', async () => {
	const keyed = new Rest('http://hub');
	keyed.key = 'SECRET';
	answer(401, '{"code":"unknown_key","message":"the key is unknown"}');
	await keyed.refusal();
	expect(keyed.key).toBe('');
});

it('knows when it is welcome, or that nobody can be asked', async () => {
	answer(200, '{"scopes":"view","local":false}');
	expect(await rest.welcome()).toBe(true);
	answer(200, '{"scopes":"publish","local":false}');
	expect(await rest.welcome()).toBe(false);
	answer(401, '{"code":"unknown_key","message":"the key is unknown"}');
	expect(await rest.welcome()).toBe(false);
	vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('Failed to fetch'))));
	expect(await rest.welcome()).toBe(true);
});

it("explains a refusal in the hub's words", async () => {
	answer(404, '{"code":"not_found","message":"message 7 is not kept","hint":"ask for a newer one"}');
	await expect(rest.message(7, never)).rejects.toMatchObject({ status: 404, code: 'not_found', message: 'message 7 is not kept', hint: 'ask for a newer one' });
});

it('survives an answer that is no JSON', async () => {
	answer(502, '<html>');
	await expect(rest.message(7, never)).rejects.toMatchObject({ status: 502, code: 'unexpected' });
});

it('says that nobody answered with status 0', async () => {
	vi.stubGlobal('fetch', vi.fn(() => Promise.reject(new TypeError('Failed to fetch'))));
	await expect(rest.message(7, never)).rejects.toMatchObject({ status: 0 });
});

it('knows a refusal from a hub that is away', async () => {
	answer(401, '{"code":"unauthorized","message":"a key is needed"}');
	expect(await rest.refusal()).toBeInstanceOf(ApiError);
	answer(503, '{"code":"stopping","message":"the hub stops"}');
	expect(await rest.refusal()).toBeNull();
	answer(200, '{}');
	expect(await rest.refusal()).toBeNull();
});
