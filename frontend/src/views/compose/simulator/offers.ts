import { paceOf } from '$lib/state/pace';
import type { Lane, Simulator } from '$lib/wire';

/** What all running simulators offer one lane that cannot emit it. */
export interface Overflow {
	namespace: string;
	offered: number;
	/** Messages a second that the lane emits. */
	paced: number;
	/** Until the lane is full. */
	seconds: number;
	full: string;
	key: string;
}

/** What the simulators offer the lanes, before it hurts. */
export interface Offer {
	/** Messages a second of all that run. */
	total: number;
	/** The lane that is full first; null: all of it fits. */
	over: Overflow | null;
	/** The simulator of which one more producer would be too many, and its lane; null: of none. */
	next: { name: string; namespace: string } | null;
}

/** By so much more than a lane's pace is no more than a rounding. */
const slack = 1.001;

export function offerOf(all: readonly Simulator[], lanes: readonly Lane[]): Offer {
	const running = all.filter((one) => one.running);
	const byNamespace = new Map<string, number>();
	for (const one of running) byNamespace.set(one.namespace ?? '', (byNamespace.get(one.namespace ?? '') ?? 0) + one.offered);
	const paced = lanes.flatMap((lane) => {
		const { us } = paceOf(lane);
		return us > 0 ? [{ lane, perSecond: 1e6 / us }] : [];
	});
	const over = paced
		.flatMap(({ lane, perSecond }): Overflow[] => {
			const offered = byNamespace.get(lane.namespace) ?? 0;
			if (offered <= perSecond * slack) return [];
			const seconds = Math.max(0, lane.capacity - lane.depth) / (offered - perSecond);
			return [{ namespace: lane.namespace, offered, paced: perSecond, seconds, full: lane.full, key: lane.key ?? '' }];
		})
		.sort((a, b) => a.seconds - b.seconds)[0];
	const next = running.find((one) => {
		const lane = paced.find((p) => p.lane.namespace === one.namespace);
		return lane && (byNamespace.get(lane.lane.namespace) ?? 0) + one.offered / (one.producers ?? 1) > lane.perSecond * slack;
	});
	return {
		total: running.reduce((sum, one) => sum + one.offered, 0),
		over: over ?? null,
		next: next ? { name: next.name, namespace: next.namespace ?? '' } : null,
	};
}
