import { signedMillis } from '$lib/format/number';
import { clockNanos, day, parseNanos, parseTime } from '$lib/format/time';
import type { Message } from '$lib/wire';

/** One of a message's four times. */
export interface Stage {
	name: 'source' | 'accepted' | 'due' | 'emitted';
	/** "14:32:07.418 009 140", or null when there is no such time. */
	at: string | null;
	/** Its day, such as "2019-03-04", where that is not the day the message was accepted on; else empty. */
	day: string;
	/** From the time before it, as "+10.785 ms"; empty for the first. */
	since: string;
	/** The same in ms, never negative; for drawing. */
	sinceMs: number;
}

/** The four times in their order, each with the step from the one before it that exists. */
export function stages(message: Message): Stage[] {
	const all: [Stage['name'], string | undefined][] = [
		['source', message.source_time],
		['accepted', message.accepted_time],
		['due', message.due_time],
		['emitted', message.emitted_time],
	];
	const today = day(parseTime(message.accepted_time));
	let before: bigint | null = null;
	return all.map(([name, time]) => {
		if (!time) return { name, at: null, day: '', since: '', sinceMs: 0 };
		const now = parseNanos(time);
		const step = before === null ? null : now - before;
		before = now;
		return {
			name,
			at: clockNanos(time),
			day: day(parseTime(time)) === today ? '' : day(parseTime(time)),
			since: step === null ? '' : signedMillis(step),
			sinceMs: step === null ? 0 : Math.max(0, Number(step) / 1e6),
		};
	});
}

/** From the first time to the last, as "12.630 ms"; null when there is only one. */
export function inAll(message: Message): string | null {
	const times = [message.source_time, message.accepted_time, message.due_time, message.emitted_time]
		.filter((t) => t !== undefined && t !== '')
		.map((t) => parseNanos(t ?? ''));
	const [first, last] = [times[0], times.at(-1)];
	if (first === undefined || last === undefined || times.length < 2) return null;
	return signedMillis(last - first).replace('+', '');
}
