/** Where a value stands among rising stops that are equally far apart, 0 to 1. */
export function placeOf(stops: readonly number[], value: number): number {
	const last = stops.length - 1;
	const above = stops.findIndex((stop) => stop >= value);
	if (above <= 0) return above === 0 ? 0 : 1;
	const [low, high] = [stops[above - 1] ?? 0, stops[above] ?? 0];
	return (above - 1 + (value - low) / (high - low)) / last;
}

/** The whole percents from 0 to 100. */
export const percents: readonly number[] = Array.from({ length: 101 }, (_, n) => n);

/** 0, and then 1, 2, 3, 5 and 7 of each decade from least on, up to most. */
export function decades(least: number, most: number): readonly number[] {
	const stops = [0];
	for (let decade = least; decade <= most; decade *= 10) {
		for (const digit of [1, 2, 3, 5, 7]) {
			const stop = Number((digit * decade).toPrecision(2));
			if (stop < most) stops.push(stop);
		}
	}
	return [...stops, most];
}
