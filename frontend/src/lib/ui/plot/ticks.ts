/** Round values on an axis, the same distance apart. */
export interface Ticks {
	values: number[];
	/** How many digits behind the point tell them apart. */
	decimals: number;
}

/** At most so many round values from low to high, both of which are finite. */
export function ticksOf(low: number, high: number, most: number): Ticks {
	const least = (high - low) / Math.max(1, most);
	if (!(least > 0)) return { values: [low], decimals: decimalsOf(low) };
	const power = 10 ** Math.floor(Math.log10(least));
	const step = [1, 2, 5, 10].map((n) => n * power).find((s) => s >= least * (1 - 1e-9)) ?? 10 * power;
	const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
	const first = Math.ceil(low / step - 1e-9);
	const values: number[] = [];
	for (let i = first; i * step <= high + step * 1e-9; i++) values.push(i === 0 ? 0 : i * step);
	return { values, decimals: Math.min(decimals, 20) };
}

/** The digits a number is written with, at most 6. */
function decimalsOf(value: number): number {
	return Math.min(6, /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0);
}

const grouped = Array.from({ length: 7 }, (_, decimals) => new Intl.NumberFormat('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));

/** A number with so many digits behind the point, "48,217,940" or "231.40"; very large and small ones as "1.2e+12". */
export function plain(value: number, decimals: number): string {
	const size = Math.abs(value);
	if (size >= 1e10 || (size > 0 && size < 1e-5) || decimals > 6) return value.toExponential(2);
	return (grouped[decimals] as Intl.NumberFormat).format(value);
}

/** A number of which nothing is known, to six digits at most: "231.42", "48,217,940". */
export function reading(value: number): string {
	const size = Math.abs(value);
	const decimals = size >= 1e6 ? 0 : Math.max(0, Math.min(6, 5 - Math.floor(Math.log10(Math.max(size, 1)))));
	return plain(value, Math.min(decimals, decimalsOf(Number(value.toFixed(decimals)))));
}
