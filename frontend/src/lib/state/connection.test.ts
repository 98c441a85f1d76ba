import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Connection } from '$lib/state/connection.svelte';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

it('wants a key where the hub refuses the page, but not against a wrong address', () => {
	const connection = new Connection(() => Date.now());
	const lost = (code?: string) => connection.become({ kind: 'lost', since: 0, stopping: false, refusal: { message: '', hint: '', ...(code ? { code } : {}) } });
	lost('unauthorized');
	expect(connection.wantsKey).toBe(true);
	lost(); // shown out
	expect(connection.wantsKey).toBe(true);
	lost('wrong_host');
	expect(connection.wantsKey).toBe(false);
	connection.become({ kind: 'lost', since: 0, stopping: false, refusal: null });
	expect(connection.wantsKey).toBe(false);
	connection.stop();
});

it('counts the seconds of a loss, and stops when it is over', () => {
	const connection = new Connection(() => Date.now());
	expect(connection.stale).toBe(false);
	connection.become({ kind: 'lost', since: 0, stopping: false, refusal: null });
	expect(connection.stale).toBe(true);
	vi.advanceTimersByTime(4300);
	expect(connection.awaySeconds).toBe(4);
	connection.become({ kind: 'live', stopping: false });
	expect(vi.getTimerCount()).toBe(0);
	expect([connection.live, connection.stale]).toEqual([true, false]);
	expect(connection.awaySeconds).toBe(4); // for the row that marks the gap
});
