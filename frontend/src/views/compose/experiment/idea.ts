/** Room of a drawing, and how far apart the moments asked for are in it. */
export const width = 240;
export const height = 44;
const step = 24;

export type Compared = 'threads' | 'loop' | 'lane';

/** How far from its moment each emit of a way is drawn, in px: threads wander, a loop falls behind by what each emit took, a lane does neither. */
const off: { readonly [way in Compared]: (n: number) => number } = {
	threads: (n) => [0, 5, -4, 9, 3, -7, 12, -2, 7][n] ?? 0,
	loop: (n) => n * 2.4,
	lane: () => 0,
};

/** The moments that were asked for. */
export const moments: readonly number[] = Array.from({ length: 9 }, (_, n) => 12 + n * step);

/** Where a way's emits fall: a drawing of the idea, not a measurement. */
export function emitsOf(way: Compared): readonly number[] {
	return moments.map((at, n) => at + off[way](n)).filter((at) => at < width);
}
