import { ownZone, timeZone } from '$lib/format/zone.svelte';

/**
 * A time from the wire (RFC 3339, UTC) in milliseconds since 1970. The
 * fraction keeps microseconds; what a double cannot hold is lost.
 */
export function parseTime(text: string): number {
	const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
	return Date.parse(text.replace(/\.\d+/, '')) + Number(`0.${fraction || '0'}`) * 1000;
}

/** A time from the wire in nanoseconds since 1970, exact. */
export function parseNanos(text: string): bigint {
	const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
	return BigInt(Date.parse(text.replace(/\.\d+/, ''))) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

const two = (n: number) => String(n).padStart(2, '0');
const three = (n: number) => String(n).padStart(3, '0');

/** A time as the clocks of the zone show it, in the parts of a Date that are for UTC. */
function local(ms: number): Date {
	return new Date(ms + timeZone.offset(ms));
}

/** "14:32:07" in the zone that is told, from milliseconds since 1970. */
export function clock(ms: number): string {
	const d = local(ms);
	return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}

/** The clock, or for a time more than a day before now the day as well: "11-20 14:32". */
export function moment(ms: number, now: number): string {
	if (now - ms < 24 * 3_600_000) return clock(ms);
	const d = local(ms);
	return `${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${clock(ms).slice(0, 5)}`;
}

/** "14:32:07.418" in the zone that is told; cut, not rounded. */
export function clockMillis(ms: number): string {
	const whole = Math.floor(ms);
	return `${clock(whole)}.${three(((whole % 1000) + 1000) % 1000)}`;
}

/** "14:32:07.418 009 140" in the zone that is told, from a time on the wire. */
export function clockNanos(text: string): string {
	const ns = parseNanos(text);
	const rest = Number(ns % 1_000_000n);
	return `${clockMillis(Number(ns / 1_000_000n))} ${three(Math.floor(rest / 1000))} ${three(rest % 1000)}`;
}

/** "2025-11-22" in the reader's zone, from milliseconds since 1970. */
export function day(ms: number): string {
	const d = new Date(ms);
	return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** "30 Nov" in the zone that is told, as a language writes it. */
export function dayMonth(ms: number, locale: string): string {
	const dayFirst = locale === 'en' ? 'en-GB' : locale;
	return local(ms).toLocaleDateString(dayFirst, { day: 'numeric', month: 'short', timeZone: 'UTC' });
}

/** Whether two times are on one day in the zone that is told. */
export function isSameDay(a: number, b: number): boolean {
	return Math.floor(local(a).getTime() / 86_400_000) === Math.floor(local(b).getTime() / 86_400_000);
}

/** How long something ran, as a counter shows it: "00:20", "30:00", "8:00:00". */
export function running(ms: number): string {
	const s = Math.max(0, Math.floor(ms / 1000));
	const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
	return s < 3600 ? rest : `${Math.floor(s / 3600)}:${rest}`;
}

/** The zone that is told and what it is at a time: "UTC+02:00", "UTC", or "Tokyo UTC+09:00" where it was chosen. */
export function zone(ms: number): string {
	if (timeZone.name === 'UTC') return 'UTC';
	const minutes = Math.round(timeZone.offset(ms) / 60_000);
	const size = Math.abs(minutes);
	const offset = `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
	return timeZone.name === ownZone ? offset : `${cityOf(timeZone.name)} ${offset}`;
}

/** The last part of a zone's name, as people write it: "New York". */
function cityOf(name: string): string {
	return (name.split('/').at(-1) ?? name).replaceAll('_', ' ');
}

/** A time in ms since 1970 as text for the hub: UTC, with microseconds. */
export function wireMicros(ms: number): string {
	const micros = Math.round(ms * 1000);
	return `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)}${three(micros % 1000)}Z`;
}

/** How long something takes, in one unit: "0.3 s", "12 s", "3 min", "2 h". */
export function lasting(s: number): string {
	if (s < 9.95) return `${s.toFixed(1)} s`;
	if (s < 99.5) return `${s.toFixed(0)} s`;
	if (s < 5970) return `${Math.round(s / 60)} min`;
	return `${Math.round(s / 3600)} h`;
}

/** How long a stretch of time is, in two units at most: "350 ms", "12.4 s", "4 min 48 s", "2 h 5 min". */
export function stretch(ms: number): string {
	if (ms < 1000) return `${ms < 10 ? Number(ms.toFixed(2)) : Math.round(ms)} ms`;
	if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
	const s = Math.round(ms / 1000);
	if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
	const min = Math.round(ms / 60_000);
	return `${Math.floor(min / 60)} h ${min % 60} min`;
}

/** How long ago, in one unit: "0.05 s" below 1 s, then "4 s", "12 min", "3 h". */
export function age(ms: number): string {
	const s = Math.max(0, ms) / 1000;
	if (s < 1) return `${s.toFixed(2)} s`;
	if (s < 100) return `${Math.floor(s)} s`;
	if (s < 6000) return `${Math.floor(s / 60)} min`;
	return `${Math.floor(s / 3600)} h`;
}
