const written = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Numbers further apart in their powers of ten are not subtracted digit by digit. */
const mostDigits = 60;

/**
 * The exact difference of two JSON numbers as they are written, as "−0.01" or
 * "+5,130": a double would make −0.009999999999991 of the first, and 0 of two
 * that differ beyond 2^53. Null for numbers with huge exponents.
 */
export function difference(before: string, after: string): string | null {
	const [a, b] = [decimal(before), decimal(after)];
	if (!a || !b) return null;
	const places = Math.max(a.places, b.places, 0);
	if (places > mostDigits || Math.min(a.places, b.places) < -mostDigits) return null;
	const by = b.digits * 10n ** BigInt(places - b.places) - a.digits * 10n ** BigInt(places - a.places);
	return signed(by, places);
}

/** A number as digits × 10^−places. */
function decimal(text: string): { digits: bigint; places: number } | null {
	const [found, sign, whole = '', fraction = '', exponent = '0'] = written.exec(text) ?? [];
	if (found === undefined) return null;
	const digits = BigInt(whole + fraction);
	return { digits: sign ? -digits : digits, places: fraction.length - Number(exponent) };
}

function signed(digits: bigint, places: number): string {
	const size = String(digits < 0n ? -digits : digits).padStart(places + 1, '0');
	const whole = size.slice(0, size.length - places).replace(/\B(?=(\d{3})+$)/g, ',');
	const fraction = size.slice(size.length - places).replace(/0+$/, '');
	const text = fraction ? `${whole}.${fraction}` : whole;
	return digits === 0n ? '0' : `${digits < 0n ? '−' : '+'}${text}`;
}
