import { parseTime } from '$lib/format/time';
import { type Entry, isGap } from '$lib/state/messages.svelte';
import type { Summary } from '$lib/wire';

/** The number of the message that ended nearest to a time in ms; null when there is none. The rows are oldest first. */
export function nearestTo(rows: readonly Entry[], at: number): number | null {
	// low becomes the first row that is not before the time; gaps belong to what follows them.
	let low = 0;
	let high = rows.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		const row = rowFrom(rows, middle, 1);
		if (row && parseTime(row.time) < at) low = middle + 1;
		else high = middle;
	}
	const after = rowFrom(rows, low, 1);
	const before = rowFrom(rows, low - 1, -1);
	if (!after || !before) return (after ?? before)?.seq ?? null;
	return parseTime(after.time) - at < at - parseTime(before.time) ? after.seq : before.seq;
}

/** The first row from an index on that is a message. */
function rowFrom(rows: readonly Entry[], index: number, by: 1 | -1): Summary | null {
	for (let i = index; i >= 0 && i < rows.length; i += by) {
		const row = rows[i];
		if (row && !isGap(row)) return row;
	}
	return null;
}
