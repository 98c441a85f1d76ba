import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '$lib/api/http';
import { poll } from '$lib/state/poll';

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
