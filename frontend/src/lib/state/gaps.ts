import { parseNanos } from '$lib/format/time';
import type { Summary } from '$lib/wire';

/**
 * The time since the previous emit of the same stream, in microseconds by seq,
 * of messages none of which is missing between the first and the last. What
 * came before the first of a stream nobody knows.
 */
export function gapsOf(rows: readonly Summary[]): Map<number, { gap_us: number }> {
	const gaps = new Map<number, { gap_us: number }>();
	const before = new Map<string, bigint>();
	const emitted = rows.filter((r) => r.outcome === 'emitted').map((row) => ({ row, at: parseNanos(row.time) }));
	emitted.sort((a, b) => (a.at < b.at ? -1 : 1));
	for (const { row, at } of emitted) {
		const stream = `${row.namespace} ${row.event}`;
		const last = before.get(stream);
		if (last !== undefined) gaps.set(row.seq, { gap_us: Number(at - last) / 1000 });
		before.set(stream, at);
	}
	return gaps;
}
