import type { Whole } from '$lib/api/rest';
import { parseDuration } from '$lib/format/number';
import { gapsOf } from '$lib/state/gaps';
import { type Lanes, type LateLimit, lateLimit } from '$lib/state/lanes.svelte';
import type { Message, Summary } from '$lib/wire';

/** The first bytes of a payload that a row shows; the same number as the hub's. */
const previewLength = 256;

/** What the feed would have said of messages that follow one another, newest first. */
export function summaries(page: readonly Whole[], lanes: Lanes): Summary[] {
	const rows = page.map((whole) => summary(whole, lanes));
	const gaps = gapsOf(rows);
	return rows.map((row) => ({ ...row, ...gaps.get(row.seq) }));
}

/** Whether an emit was late, as the feed says it: what is for one socket has no place in the schedule. */
export function isLate({ outcome, to, lateness, period }: Message, limit: LateLimit | null): boolean {
	if (limit === null || outcome !== 'emitted' || to !== undefined || lateness === undefined) return false;
	return parseDuration(lateness) > lateLimit(limit, period === undefined ? 0 : parseDuration(period));
}

/** What the feed would have said of one message. */
export function summary({ message, payload }: Whole, lanes: Lanes): Summary {
	const lateUs = message.lateness ? parseDuration(message.lateness) : 0;
	return {
		seq: message.seq,
		namespace: message.namespace,
		event: message.event,
		time: message.emitted_time ?? message.accepted_time,
		preview: payload.slice(0, previewLength),
		size: message.size,
		sockets: message.sockets,
		late_us: lateUs,
		late: isLate(message, lanes.limit),
		outcome: message.outcome,
		...(message.origin.door === 'replay' ? { replayed: true } : {}),
		...(message.hit ? { hit: true } : {}),
		...(message.reason ? { reason: message.reason } : {}),
		...(message.to ? { to: message.to } : {}),
		...(message.faults ? { faults: message.faults } : {}),
	};
}
