import { age, moment, parseTime } from '$lib/format/time';
import type { Words } from '$messages';

const dayMs = 24 * 3_600_000;

/** How long before now a time from the wire was, or of older ones the day. */
export function ago(time: string, now: number, w: Words['share']['keys']): string {
	const at = parseTime(time);
	if (now - at < 1000) return w.now;
	return now - at < dayMs ? w.ago(age(now - at)) : moment(at, now);
}
