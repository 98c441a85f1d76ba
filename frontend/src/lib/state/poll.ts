import { ApiError } from '$lib/api/http';

/** Resolves after so many ms, or as soon as the signal says stop. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const end = () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', end);
			resolve();
		};
		const timer = setTimeout(end, ms);
		signal.addEventListener('abort', end);
		if (signal.aborted) end();
	});
}

/** An answer that took long was long: ten times that is left to the hub before the next question. */
const restShare = 10;

/**
 * Does something at once, and again everyMs after it is done, until the
 * returned function is called. What was under way then is told by the signal. A
 * hub that is away or refuses is asked again; who wants to tell catches that.
 */
export function poll(everyMs: number, task: (signal: AbortSignal) => Promise<void>): () => void {
	const leaving = new AbortController();
	const { signal } = leaving;
	void (async () => {
		while (!signal.aborted) {
			const began = performance.now();
			try {
				await task(signal);
			} catch (error) {
				if (!(error instanceof ApiError) && !signal.aborted) throw error;
			}
			await sleep(Math.max(everyMs, restShare * (performance.now() - began)), signal);
		}
	})();
	return () => leaving.abort();
}
