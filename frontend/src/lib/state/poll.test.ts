import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { poll, sleep } from '$lib/state/poll';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks at once, then again and again, and no more when stopped', async () => {
	const task = vi.fn(async () => {});
	const stop = poll(1000, task);
	expect(task).toHaveBeenCalledTimes(1);
	await vi.advanceTimersByTimeAsync(2500);
	expect(task).toHaveBeenCalledTimes(3);
	stop();
	await vi.advanceTimersByTimeAsync(5000);
	expect(task).toHaveBeenCalledTimes(3);
});

it('asks less often when an answer takes long', async () => {
	const task = vi.fn(() => new Promise<void>((resolve) => void setTimeout(resolve, 500)));
	const stop = poll(1000, task);
	await vi.advanceTimersByTimeAsync(5400);
	expect(task).toHaveBeenCalledTimes(1);
	await vi.advanceTimersByTimeAsync(200);
	expect(task).toHaveBeenCalledTimes(2);
	stop();
});

it('asks again when the hub was away', async () => {
	const task = vi.fn(() => Promise.reject(new ApiError(0, 'unreachable', '', '')));
	const stop = poll(1000, task);
	await vi.advanceTimersByTimeAsync(1000);
	expect(task).toHaveBeenCalledTimes(2);
	stop();
});

it('tells what is under way that it is stopped', async () => {
	let seen: AbortSignal | null = null;
	const stop = poll(1000, async (signal) => void (seen = signal));
	stop();
	expect(seen).toMatchObject({ aborted: true });
});

it('leaves nothing behind at the signal of what it waited for', async () => {
	const signal = new AbortController().signal;
	const listening = new Set<unknown>();
	vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void listening.add(listener));
	vi.spyOn(signal, 'removeEventListener').mockImplementation((_, listener) => void listening.delete(listener));
	const done = sleep(10, signal);
	expect(listening.size).toBe(1);
	await vi.advanceTimersByTimeAsync(10);
	await done;
	expect(listening.size).toBe(0);
});

it('waits no longer than to the signal, and not at all when that was given', async () => {
	const leaving = new AbortController();
	const waits = sleep(1000, leaving.signal);
	leaving.abort();
	await waits;
	await sleep(1000, leaving.signal);
	expect(vi.getTimerCount()).toBe(0);
});
