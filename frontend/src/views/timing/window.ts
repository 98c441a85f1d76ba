/** A part of time, in ms since 1970 by the hub's clock. */
export interface Window {
	from: number;
	to: number;
}

/**
 * The window that ends at a time, moved back to a whole pixel: so everything
 * moves by whole pixels, and ticks that are closer than that do not shimmer.
 */
export function windowTo(to: number, spanMs: number, width: number): Window {
	const perPx = spanMs / Math.max(1, width);
	const end = Math.floor(to / perPx) * perPx;
	return { from: end - spanMs, to: end };
}

/** Steps that lie in the time before an end; without an end, before that of the newest step. */
export function stepsBefore<Step extends { at: number }>(
	steps: readonly Step[],
	stepMs: number,
	spanMs: number,
	end: number | null,
): readonly Step[] {
	const newest = steps.at(-1);
	if (!newest) return steps;
	const to = end ?? newest.at + stepMs;
	return steps.filter((s) => s.at + stepMs / 2 > to - spanMs && s.at + stepMs / 2 <= to);
}

/** The step a time falls into; undefined when nobody knows of it. */
export function stepAt<Step extends { at: number }>(steps: readonly Step[], stepMs: number, at: number): Step | undefined {
	return steps.find((s) => at >= s.at && at < s.at + stepMs);
}
