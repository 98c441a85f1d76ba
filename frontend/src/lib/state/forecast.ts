/** What becomes of a lane's line at some pace, if messages go on coming as they do. */
export interface Forecast {
	/** How many messages a second it could take more; negative: so many too many come. Infinity without a pace. */
	spare: number;
	/** When nothing waits any more, in seconds; null: it never empties. */
	emptyAfter: number | null;
	/** When it is full, in seconds; null: it never fills. */
	fullAfter: number | null;
}

/** Less than this is no change: arrivals are counted in whole messages over a few seconds. */
const leastRate = 0.05;

export function forecast(depth: number, capacity: number, arriving: number, periodUs: number): Forecast {
	if (periodUs === 0) return { spare: Number.POSITIVE_INFINITY, emptyAfter: 0, fullAfter: null };
	const spare = 1e6 / periodUs - arriving;
	if (depth === 0 && spare >= -leastRate) return { spare, emptyAfter: 0, fullAfter: null };
	if (Math.abs(spare) < leastRate) return { spare, emptyAfter: null, fullAfter: null };
	if (spare > 0) return { spare, emptyAfter: depth / spare, fullAfter: null };
	return { spare, emptyAfter: null, fullAfter: Math.max(0, capacity - depth) / -spare };
}

/** How many wait after so many seconds. */
export function depthAfter({ spare }: Forecast, depth: number, capacity: number, seconds: number): number {
	if (spare === Number.POSITIVE_INFINITY) return seconds > 0 ? 0 : depth;
	return Math.min(capacity, Math.max(0, depth - spare * seconds));
}

/** How many messages a second were accepted in the newest steps; null before there is one. */
export function arrivingIn(steps: readonly { accepted: number }[], stepMs: number, newest = 5): number | null {
	const some = steps.slice(-newest);
	if (some.length === 0) return null;
	return some.reduce((n, s) => n + s.accepted, 0) / ((some.length * stepMs) / 1000);
}
