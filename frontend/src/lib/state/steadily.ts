import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { Draft } from '$lib/state/draft';
import { sleep } from '$lib/state/poll';

/** How often the hub is asked how far it has come, in ms. */
const everyMs = 300;

/** What is to be repeated, how many ms apart, and how often. */
export interface Repetition {
	/** Of the simulator that does it; what has the name already is replaced. */
	name: string;
	draft: Draft;
	everyMs: number;
	of: number;
	seed: number;
}

/**
 * Has the hub repeat a message, so that it is steady while the page sleeps; tell
 * is called with how many were sent. Resolves when all are, the signal says stop,
 * or somebody has stopped it at the hub. An ApiError says what was refused.
 */
export async function repeatSteadily(rest: Rest, what: Repetition, tell: (sent: number) => void, signal: AbortSignal): Promise<void> {
	const { name } = what;
	const { namespace, event, data, rooms } = what.draft;
	await rest.saveSimulator(name, {
		feed: 'template',
		event,
		interval: `${what.everyMs}ms`,
		count: what.of,
		seed: what.seed,
		template: data.trim() || 'null',
		...(namespace ? { namespace } : {}),
		...(rooms.length > 0 ? { rooms: [...rooms] } : {}),
	});
	try {
		await rest.runSimulator(name, true);
		while (!signal.aborted) {
			await sleep(everyMs, signal);
			const one = (await rest.simulators(null)).simulators.find((s) => s.name === name);
			if (one) tell(one.accepted);
			if (one?.refusal) throw new ApiError(0, one.refusal.code, one.refusal.message, one.refusal.hint ?? '');
			if (!one?.running) return;
		}
	} finally {
		await rest.removeSimulator(name).catch(() => {}); // somebody else may have
	}
}
