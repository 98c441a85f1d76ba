const firstMs = 500;
const mostMs = 5000; // a person is waiting in front of it
const spread = 0.2; // so that many viewers do not come back in the same instant

/** How long to wait before attempt n (from 0), in ms. random is from 0 up to 1. */
export function backoff(n: number, random: number): number {
	return Math.min(mostMs, firstMs * 2 ** n) * (1 - spread + 2 * spread * random);
}
