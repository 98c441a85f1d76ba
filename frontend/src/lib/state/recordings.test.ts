import { beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { Rest } from '$lib/api/rest';
import { Recordings } from '$lib/state/recordings.svelte';
import type { Recording, RecordingList } from '$lib/wire';

const recording = (name: string, more: Partial<Recording> = {}): Recording => ({
	name, state: 'ended', began: '2026-11-30T08:00:00Z', first_time: '2026-11-30T08:00:00Z', last_time: '2026-11-30T08:00:10Z', messages: 10, payload_bytes: 100, dropped: 0, file_bytes: 1000, late_floor_us: 500, late_share: 0.05, ...more,
});
const told = (...recordings: Recording[]): RecordingList => ({ recordings, file_bytes: 1000, max_bytes: 10_000, flight: { state: 'recording', where: 'disk', messages: 5, dropped: 0, file_bytes: 100, max_age: '10m0s', max_bytes: 1000 } });
const noon = Date.UTC(2026, 10, 30, 8, 35); // 14:05 at UTC+05:30

const rest = new Rest('http://hub');
let recordings: Recordings;
beforeEach(() => {
	vi.restoreAllMocks();
	vi.spyOn(rest, 'recordings').mockResolvedValue(told());
	vi.spyOn(rest, 'record').mockImplementation(async ({ name }) => recording(name));
	vi.spyOn(rest, 'stopRecording').mockImplementation(async (name) => recording(name));
	recordings = new Recordings(rest);
});

it('names a recording by the time, and as no other is named', () => {
	expect(recordings.nameFor(noon, 'en')).toBe('30 Nov, 14.05');
	recordings.take(told(recording('30 nov, 14.05')));
	expect(recordings.nameFor(noon, 'en')).toBe('30 Nov, 14.05 (2)');
});

it('begins by a key, ends the one that runs, and none of several', async () => {
	await recordings.toggle(noon, 'en');
	expect(rest.record).toHaveBeenCalledWith({ name: '30 Nov, 14.05' });
	recordings.take(told(recording('x', { state: 'recording' })));
	await recordings.toggle(noon, 'en');
	expect(rest.stopRecording).toHaveBeenCalledWith('x');
	vi.mocked(rest.stopRecording).mockClear();
	recordings.take(told(recording('x', { state: 'recording' }), recording('y', { state: 'recording' })));
	await recordings.toggle(noon, 'en');
	expect(rest.stopRecording).not.toHaveBeenCalled();
});

it('ends what began a moment before, whatever the hub has answered by then', async () => {
	const all: Recording[] = [];
	vi.mocked(rest.record).mockImplementation(async ({ name }) => {
		const begun = recording(name, { state: 'recording' });
		all.push(begun);
		return begun;
	});
	vi.spyOn(rest, 'recordings').mockImplementation(async () => told(...all));
	await Promise.all([recordings.toggle(noon, 'en'), recordings.toggle(noon, 'en')]);
	expect(rest.record).toHaveBeenCalledTimes(1);
	expect(rest.stopRecording).toHaveBeenCalledWith('30 Nov, 14.05');
});

it('says why it did not begin', async () => {
	const refusal = new ApiError(409, 'disk_full', 'the disk is full', 'make room');
	vi.mocked(rest.record).mockRejectedValue(refusal);
	await recordings.toggle(noon, 'en');
	expect(recordings.said).toEqual({ kind: 'refused', error: refusal });
});

it('looks at the newest that has messages until one is chosen', () => {
	recordings.take(told(recording('new', { messages: 0 }), recording('old')));
	expect(recordings.open?.name).toBe('old');
	recordings.choose('new');
	expect(recordings.open?.name).toBe('new');
	recordings.choose('gone');
	expect(recordings.open?.name).toBe('old');
});

it('forgets one that is deleted, whatever an answer says that was on its way', async () => {
	recordings.take(told(recording('one'), recording('two')));
	let answer: (list: RecordingList) => void = () => {};
	vi.mocked(rest.recordings).mockReturnValue(new Promise((resolve) => (answer = resolve)));
	const asked = recordings.refresh();
	recordings.forget('one');
	answer(told(recording('one'), recording('two')));
	await asked;
	expect(recordings.list.map((r) => r.name)).toEqual(['two']);
});

it('leaves what was marked when another is chosen, and keeps it when it is renamed', () => {
	recordings.take(told(recording('one'), recording('two')));
	recordings.choose('one');
	recordings.a = { recording: 'one', from: 1, to: 2 };
	recordings.rename('one', 'uno');
	expect([recordings.chosen, recordings.a?.recording]).toEqual(['uno', 'uno']);
	recordings.choose('two');
	expect(recordings.a).toBeNull();
});
