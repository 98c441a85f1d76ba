import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Lanes } from '$lib/state/lanes.svelte';
import type { Lane, LanePatch } from '$lib/wire';
import { Tuning } from './tuning.svelte';

const lane: Lane = {
	namespace: '/a', interval: '10ms', rate: 0, catch_up: 'skip', capacity: 5000, max_bytes: 64 << 20, full: 'reject',
	relay: false, configured: true, depth: 3, bytes: 300,
};
let hub: Lane;
let patches: LanePatch[];
let refuses: ApiError | null;
let lanes: Lanes;
let tuning: Tuning;

beforeEach(() => {
	vi.useFakeTimers();
	hub = lane;
	patches = [];
	refuses = null;
	const rest = {
		patchLane: async (_: string, patch: LanePatch) => {
			patches.push(patch);
			if (refuses) throw refuses;
			hub = { ...hub, ...(patch as Partial<Lane>) };
			return hub;
		},
	} as unknown as Rest;
	lanes = new Lanes(rest);
	tuning = new Tuning(rest, lanes);
});
afterEach(() => vi.useRealTimers());

it('shows a change as soon as the hub has taken it', async () => {
	lanes.add([{ namespace: '/a', depth: 3, capacity: 5000, period_us: 10_000, ago_us: [], late_us: [] }]);
	await tuning.pace(lane, { kind: 'interval', us: 9000 });
	expect(patches).toEqual([{ interval: '9ms' }]);
	expect(lanes.find('/a')?.periodUs).toBe(9000);
	expect(lanes.settings[0]?.interval).toBe('9ms');
	lanes.commit(); // what the feed had said before
	expect(lanes.find('/a')?.periodUs).toBe(9000);
});

it('takes a pace back for ten seconds', async () => {
	await tuning.pace(lane, { kind: 'interval', us: 9000 });
	expect(tuning.was?.pace).toEqual({ kind: 'interval', us: 10_000 });
	vi.advanceTimersByTime(9999);
	await tuning.undo();
	expect(patches.at(-1)).toEqual({ interval: '10ms' });
	expect(tuning.was).toBeNull();

	await tuning.pace(lane, { kind: 'interval', us: 9000 });
	vi.advanceTimersByTime(10_001);
	expect(tuning.was).toBeNull();
});

it('asks for nothing when the pace is what it was', async () => {
	await tuning.pace(lane, { kind: 'interval', us: 10_000 });
	expect(patches).toEqual([]);
	expect(tuning.was).toBeNull();
});

it('says where it belongs why a change was refused, until one is taken', async () => {
	refuses = new ApiError(400, 'invalid_setting', 'capacity is 0 messages; it is 1 to 1000000', '');
	expect(await tuning.change('/a', 'room', { capacity: 0 })).toBe(false);
	expect(tuning.refusal).toMatchObject({ namespace: '/a', part: 'room', message: 'capacity is 0 messages; it is 1 to 1000000' });
	expect(lanes.settings).toEqual([]);
	refuses = null;
	expect(await tuning.change('/a', 'room', { capacity: 10 })).toBe(true);
	expect(tuning.refusal).toBeNull();
});
