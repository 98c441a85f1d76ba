const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
const tenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A number that does not exist yet. Never 0, which would be a reading. */
export const NONE = '–';

/** A value and its unit apart, so that they can be set in two sizes. */
export interface Quantity {
	value: string;
	unit: string;
}

/** "48,310" */
export function count(n: number): string {
	return whole.format(n);
}

/** "9,999", "15k", "48.3k", "1.2M": a count where there is no room for all its digits. */
export function shortCount(n: number): string {
	return n < 10_000 ? count(n) : short.format(n).replace('K', 'k');
}

/** "130.2", of anything a second. */
export function perSecond(n: number): string {
	return tenths.format(n);
}

/** A rate that was asked for, as exact as it was: "0.5", "33.33", "1,200". */
export function rate(perSecond: number): string {
	return perSecond < 100 ? String(Number(perSecond.toFixed(2))) : count(perSecond);
}

/** A payload's size: "220 B", "1.5 KiB", "2.0 MiB", "1.0 GiB". */
export function bytes(n: number): string {
	if (n < 1024) return `${n} B`;
	if (n < 1024 ** 2) return `${(n / 1024).toFixed(1)} KiB`;
	if (n < 1024 ** 3) return `${(n / 1024 ** 2).toFixed(1)} MiB`;
	return `${(n / 1024 ** 3).toFixed(1)} GiB`;
}

const byteUnits: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

/** A size as people write it, in bytes: "64 MiB", "1 GB", and a bare "64" in MiB. Text that is none gives NaN. */
export function parseBytes(text: string): number {
	const [, n, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b)?\s*$/i.exec(text) ?? [];
	return Math.round(Number(n) * (byteUnits[(unit ?? 'MiB').toLowerCase()] ?? Number.NaN));
}

/** A size as a person would write it to be read again: "64 MiB", "1.5 GiB", "1 GB", "1234567 B". */
export function bytesToWrite(n: number): string {
	for (const [unit, size] of [['GiB', 1024 ** 3], ['MiB', 1024 ** 2], ['KiB', 1024], ['GB', 1e9], ['MB', 1e6]] as const) {
		const value = Number((n / size).toFixed(2));
		if (value >= 1 && value < 1024 && value * size === n) return `${value} ${unit}`;
	}
	return `${n} B`;
}

/**
 * A duration given in microseconds, to about three digits: "0.5 µs", "18 µs",
 * "0.21 ms", "12.63 ms", "1.20 s". From 100 µs on it is told in ms, because
 * the late limit is, and the two are compared.
 */
export function micros(us: number): Quantity {
	if (us < 0.95) return { value: us.toFixed(1), unit: 'µs' };
	if (us < 99.5) return { value: us.toFixed(0), unit: 'µs' };
	if (us < 999_500) return { value: (us / 1000).toFixed(us < 99_950 ? 2 : 0), unit: 'ms' };
	if (us < 99_500_000) return { value: (us / 1e6).toFixed(2), unit: 's' };
	return { value: count(us / 1e6), unit: 's' };
}

/** micros as one text. */
export function microsText(us: number): string {
	const q = micros(us);
	return `${q.value} ${q.unit}`;
}

/** A difference of two times in ns as "+10.785 ms"; from 10 s on in s, and then in the largest unit that tells it in some digits. */
export function signedMillis(ns: bigint): string {
	return `${ns < 0n ? '−' : '+'}${spanMillis(Math.abs(Number(ns)) / 1e6)}`;
}

/** How long something took, from ms: "10.785 ms", "12.6 s", "95 min", "30 h", "2,163 d". */
export function spanMillis(ms: number): string {
	if (ms < 10_000) return `${ms.toFixed(3)} ms`;
	const s = ms / 1000;
	if (s < 600) return `${s.toFixed(1)} s`;
	if (s < 7200) return `${Math.floor(s / 60)} min`;
	if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
	return `${count(Math.floor(s / 86_400))} d`;
}

/** A time between two emits, in microseconds, as "+9.99" ms; from 10 s on with its unit. */
export function gapMillis(us: number): string {
	if (us < 1e7) return `+${(us / 1000).toFixed(2)}`;
	return us < 1e9 ? `+${(us / 1e6).toFixed(1)} s` : `+${count(us / 1e6)} s`;
}

const goUnits: Record<string, number> = { h: 3.6e9, m: 6e7, s: 1e6, ms: 1e3, 'µs': 1, us: 1, ns: 1e-3 };

/** A duration from the wire ("18.2µs", "1m2.5s") in microseconds. Text that is none gives NaN. */
export function parseDuration(text: string): number {
	const parts = [...text.matchAll(/([\d.]+)(h|ms|m|s|µs|us|ns)/g)];
	if (parts.length === 0) return Number.NaN;
	const sum = parts.reduce((total, [, n, unit]) => total + Number(n) * (goUnits[unit ?? ''] ?? Number.NaN), 0);
	return text.startsWith('-') ? -sum : sum;
}

/** A number as somebody wrote it, with a point or a comma. Text that is none gives NaN. */
export function parseNumber(text: string): number {
	const plain = text.trim().replace(',', '.');
	return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : Number.NaN;
}

/** A lane's period in microseconds as its pace: "10 ms", "1 s", "33.333 ms". */
export function period(us: number): string {
	if (us >= 1e6) return `${Number((us / 1e6).toFixed(3))} s`;
	if (us >= 1e3) return `${Number((us / 1e3).toFixed(3))} ms`;
	return `${Number(us.toFixed(3))} µs`;
}
