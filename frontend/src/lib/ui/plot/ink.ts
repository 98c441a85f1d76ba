import { token } from '$lib/ui/colour';

/** The colours of a theme, read once and not at each stroke. */
export interface Ink {
	/** What the scope is drawn on, and the other plots. */
	glass: string;
	panel: string;
	raised: string;
	grid: string;
	gridStrong: string;
	line: string;
	text: string;
	text2: string;
	text3: string;
	accent: string;
	late: string;
	lateWash: string;
	lost: string;
	/** By series colour; 0 is the grey that many share. */
	series: readonly string[];
	/** Whether the accent shines, as on dark glass; ink on paper does not. */
	glows: boolean;
}

export function readInk(): Ink {
	return {
		glass: token('--surface-0'),
		panel: token('--surface-1'),
		raised: token('--surface-3'),
		grid: token('--grid'),
		gridStrong: token('--grid-strong'),
		line: token('--line-strong'),
		text: token('--text'),
		text2: token('--text-2'),
		text3: token('--text-3'),
		accent: token('--accent'),
		late: token('--late'),
		lateWash: token('--late-wash'),
		lost: token('--lost'),
		series: [0, 1, 2, 3, 4, 5, 6].map((n) => token(`--s${n}`)),
		glows: token('--glow') !== 'none',
	};
}

/** The type of numbers on a plot; the size is --type-small, or larger for a reading. */
export function plotFont(px = 10): string {
	return `${px}px "JetBrains Mono Variable", "Noto Sans Mono CJK SC", monospace`;
}
