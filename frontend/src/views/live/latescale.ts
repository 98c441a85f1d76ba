/** Where a lateness stands on a log scale from 1 µs (0) to 10 ms (1). */
export function onLateScale(us: number): string {
	const decades = 4;
	return (Math.min(decades, Math.max(0, Math.log10(Math.max(us, 1)))) / decades).toFixed(3);
}
