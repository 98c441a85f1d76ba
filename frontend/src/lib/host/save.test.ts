import { afterEach, expect, it, vi } from 'vitest';
import { save, SaveError } from '$lib/host/save';

const host = { inWindow: false, http: 'http://hub:8092', ws: '' };
afterEach(() => vi.unstubAllGlobals());

it('has a browser download what the hub has', async () => {
	vi.stubGlobal('window', {});
	const link = { href: '', download: '', click: vi.fn() };
	vi.stubGlobal('document', { createElement: () => link });
	expect(await save(host, '/api/v1/backup', 'copy.zip')).toBe('begun');
	expect([link.href, link.download, link.click.mock.calls.length]).toEqual(['http://hub:8092/api/v1/backup', 'copy.zip', 1]);
});

it.for([
	[{ done: true, what: '', hint: '' }, 'saved'],
	[{ done: false, what: '', hint: '' }, 'cancelled'],
] as const)('has the window fetch it by itself: %s', async ([answer, end]) => {
	const Save = vi.fn(() => Promise.resolve(answer));
	vi.stubGlobal('window', { go: { app: { Window: { Save } } } });
	expect(await save({ ...host, inWindow: true }, '/api/v1/backup', 'copy.zip')).toBe(end);
	expect(Save).toHaveBeenCalledWith('/api/v1/backup', 'copy.zip');
});

it('says why the window could not', async () => {
	vi.stubGlobal('window', { go: { app: { Window: { Save: () => Promise.resolve({ done: false, what: 'the disk is full', hint: 'make room' }) } } } });
	await expect(save({ ...host, inWindow: true }, '/api/v1/backup', 'copy.zip')).rejects.toThrow(new SaveError('the disk is full', 'make room'));
});
