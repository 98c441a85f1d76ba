import { beforeEach, expect, it, vi } from 'vitest';
import { TapeApi } from '$lib/api/tape';
import { Http } from '$lib/api/http';
import { Replaying } from '$lib/state/replaying.svelte';
import type { Replay } from '$lib/wire';

const begin = Date.UTC(2026, 10, 30, 14);
const at = (ms: number) => new Date(begin + ms).toISOString();
const told = (more: Partial<Replay> = {}): Replay => ({ state: 'playing', recording: 'r', speed: 2, position: at(0), rounds: 0, sent: 0, waiting: 0, refused: 0, ...more });

const api = new TapeApi(new Http('http://hub'));
let now: number;
let replaying: Replaying;
beforeEach(() => {
	vi.restoreAllMocks();
	vi.spyOn(api, 'startReplay').mockImplementation(async (wanted) => ({ ...told(), ...wanted, state: wanted.paused ? 'paused' : 'playing' }));
	vi.spyOn(api, 'patchReplay').mockImplementation(async (patch) => told(patch.paused ? { state: 'paused' } : {}));
	vi.spyOn(api, 'stopReplay').mockResolvedValue(told({ state: 'ended' }));
	now = 0;
	replaying = new Replaying(api, () => now);
});

it('moves on between two answers as fast as it is replayed, and no further than one that is late', () => {
	replaying.take(told());
	now = 100;
	expect(replaying.position('r')).toBe(begin + 200);
	now = 60_000;
	expect(replaying.position('r')).toBe(begin + 1000);
	expect(replaying.position('other')).toBeNull();
});

it('stands still while it waits', () => {
	replaying.take(told({ state: 'paused', position: at(5) }));
	now = 1000;
	expect(replaying.position('r')).toBe(begin + 5);
});

it('begins at the cursor as the switches say, then waits and goes on', async () => {
	await replaying.hurry(4);
	await replaying.become({ into: '/copy', spacing: 'even' });
	await replaying.play('r', begin);
	expect(api.startReplay).toHaveBeenCalledWith({ recording: 'r', speed: 4, spacing: 'even', loop: false, paused: false, from: '2026-11-30T14:00:00.000000Z', namespace: '/copy' });
	await replaying.play('r', begin);
	expect(api.patchReplay).toHaveBeenLastCalledWith({ paused: true });
	await replaying.play('r', begin);
	expect(api.patchReplay).toHaveBeenLastCalledWith({ paused: false });
});

it('replays one span, what matches, one each so often, and begins within the span where the cursor is', async () => {
	replaying = new Replaying(api, () => now, (which, recording) => (which === 'a' && recording === 'r' ? { from: begin + 100, to: begin + 300 } : null));
	await replaying.become({ part: 'a', query: 'event:tick', spacing: 'even', interval: '10ms', record: true });
	await replaying.play('r', begin);
	const wanted = { recording: 'r', speed: 1, spacing: 'even', loop: false, from: '2026-11-30T14:00:00.100000Z', to: '2026-11-30T14:00:00.300000Z', query: 'event:tick', interval: '10ms', record: true };
	expect(api.startReplay).toHaveBeenLastCalledWith({ ...wanted, paused: false });
	expect(api.patchReplay).not.toHaveBeenCalled();
	await replaying.stop();
	await replaying.play('r', begin + 200);
	expect(api.startReplay).toHaveBeenLastCalledWith({ ...wanted, paused: true });
	expect(api.patchReplay).toHaveBeenLastCalledWith({ position: '2026-11-30T14:00:00.200000Z', paused: false });
});

it('replays all of it where the span is not marked', async () => {
	await replaying.become({ part: 'b' });
	await replaying.play('r', begin);
	expect(api.startReplay).toHaveBeenCalledWith({ recording: 'r', speed: 1, spacing: 'kept', loop: false, paused: false, from: '2026-11-30T14:00:00.000000Z' });
});

it('begins anew where it is when it is to go elsewhere', async () => {
	replaying.take(told({ position: at(40) }));
	await replaying.become({ into: '/copy' });
	expect(api.startReplay).toHaveBeenCalledWith(expect.objectContaining({ from: '2026-11-30T14:00:00.040000Z', namespace: '/copy', paused: false }));
});

it('sends one message of a recording that is not replayed yet, and waits', async () => {
	await replaying.step('r', null);
	expect(api.startReplay).toHaveBeenCalledWith(expect.objectContaining({ paused: true }));
	expect(api.patchReplay).toHaveBeenCalledWith({ step: 1 });
});

it('knows the span that somebody else replays', () => {
	replaying = new Replaying(api, () => now, (which) => (which === 'b' ? { from: begin + 100, to: begin + 300 } : null));
	replaying.take(told({ from: at(100), to: at(300), query: 'event:tick', interval: '10ms', spacing: 'even' }));
	expect([replaying.part, replaying.query, replaying.interval]).toEqual(['b', 'event:tick', '10ms']);
});

it('takes its switches from what somebody else has begun, once', () => {
	replaying.take(told({ speed: 8, loop: true, spacing: 'even', namespace: '/x' }));
	expect([replaying.speed, replaying.loop, replaying.spacing, replaying.into]).toEqual([8, true, 'even', '/x']);
	replaying.speed = 3;
	replaying.take(told({ speed: 8 }));
	expect(replaying.speed).toBe(3);
});
