import { clock, dayMonth, isSameDay, lasting, parseTime, running } from '$lib/format/time';
import type { Span } from '$lib/state/recordings.svelte';
import type { Recording } from '$lib/wire';
import type { Words } from '$messages';

const dayMs = 86_400_000;

/** When something was, as people say it: "today 14:00", "yesterday 22:00", "20 Nov 11:05". */
export function when(ms: number, now: number, { tape, locale }: Pick<Words, 'tape' | 'locale'>): string {
	const day = isSameDay(ms, now) ? tape.today : isSameDay(ms, now - dayMs) ? tape.yesterday : dayMonth(ms, locale);
	return `${day} ${clock(ms).slice(0, 5)}`;
}

/** How long a recording is: "00:20", "8:00:00"; in tenths of a second where that says more. */
export function lengthText(recording: Recording, now: number): string {
	const ms = lengthOf(recording, now);
	return recording.state === 'recording' || ms === 0 || ms > 9950 ? running(ms) : lasting(ms / 1000);
}

/** From its first message to its last, in ms; one that runs, until now. */
function lengthOf(recording: Recording, now: number): number {
	if (recording.state === 'recording') return now - parseTime(recording.began);
	if (!recording.first_time || !recording.last_time) return 0;
	return parseTime(recording.last_time) - parseTime(recording.first_time);
}

/** All of a recording. */
export function spanOfAll(recording: Recording): Span | null {
	if (!recording.first_time || !recording.last_time) return null;
	return { recording: recording.name, from: parseTime(recording.first_time), to: parseTime(recording.last_time) };
}
