import type { Whole } from '$lib/api/rest';
import { parseDuration } from '$lib/format/number';
import { gapsOf } from '$lib/state/gaps';
import { type Lanes, lateLimit } from '$lib/state/lanes.svelte';
import type { Summary } from '$lib/wire';

/** The first bytes of a payload that a row shows; the same number as the hub's. */
const previewLength = 256;

/** What the feed would have said of messages that follow one another, newest first. */
export function summaries(page: readonly Whole[], lanes: Lanes): Summary[] {
	const rows = page.map((whole) => summary(whole, lanes));
	const gaps = gapsOf(rows);
	return rows.map((row) => ({ ...row, ...gaps.get(row.seq) }));
}

/** What the feed would have said of one message. */
export function summary({ message, payload }: Whole, lanes: Lanes): Summary {
	const lateUs = message.lateness ? parseDuration(message.lateness) : 0;
	const periodUs = lanes.find(message.namespace)?.periodUs ?? 0;
	return {
		seq: message.seq,
		namespace: message.namespace,
		event: message.event,
		time: message.emitted_time ?? message.accepted_time,
		preview: payload.slice(0, previewLength),
		size: message.size,
		sockets: message.sockets,
		late_us: lateUs,
		late: lanes.limit !== null && lateUs > lateLimit(lanes.limit, periodUs),
		outcome: message.outcome,
		...(message.hit ? { hit: true } : {}),
		...(message.reason ? { reason: message.reason } : {}),
		...(message.to ? { to: message.to } : {}),
		...(message.faults ? { faults: message.faults } : {}),
	};
}
