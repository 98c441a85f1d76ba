import { fastest, slowest } from '$lib/state/replaying.svelte';

/** How many powers of ten there are between the slowest and the fastest. */
export const decades = Math.log10(fastest / slowest);

/** Where a speed stands on the slider, 0 to 1. */
export function placeOf(speed: number): number {
	return Math.min(1, Math.max(0, Math.log10(speed / slowest) / decades));
}

/** The speed at a place: round, and as it was near that. */
export function speedAt(place: number): number {
	const speed = slowest * 10 ** (place * decades);
	return Math.abs(speed - 1) < 0.06 ? 1 : round(speed);
}

/** The next one that a key goes to: a tenth of its size, or a half with a large step. */
export function beside(speed: number, by: 1 | -1, isLarge: boolean): number {
	const factor = isLarge ? 2 : 1.1;
	const next = round(by > 0 ? speed * factor : speed / factor);
	const moved = next === speed ? round(speed + by * (speed < 1 ? 0.01 : 0.1)) : next;
	return Math.min(fastest, Math.max(slowest, (speed - 1) * (moved - 1) < 0 ? 1 : moved));
}

/** "2.0", "0.25", "20" */
export function speedText(speed: number): string {
	return speed < 1 ? String(Number(speed.toFixed(2))) : speed < 10 ? speed.toFixed(1) : speed.toFixed(0);
}

function round(speed: number): number {
	const digits = speed < 1 ? 2 : speed < 10 ? 1 : 0;
	return Number(speed.toFixed(digits));
}

/** How far into a recording a time is: "13:39.418", "1:02:09.000". */
export function intoText(ms: number): string {
	const whole = Math.max(0, Math.floor(ms));
	const two = (n: number) => String(n).padStart(2, '0');
	const s = Math.floor(whole / 1000);
	const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}.${String(whole % 1000).padStart(3, '0')}`;
	return s < 3600 ? rest : `${Math.floor(s / 3600)}:${rest}`;
}
