/** How well a text fits what was typed, and which of its characters do. */
export interface Fit {
	/** The more the better. */
	score: number;
	places: readonly number[];
}

/**
 * Whether the characters that were typed stand in a text in this order; null:
 * they do not. Those that begin a word or follow one another count more, and
 * among equals the shorter text. White space in what was typed counts for nothing.
 */
export function fit(typed: string, text: string): Fit | null {
	const wanted = [...typed.toLowerCase().replace(/\s+/g, '')];
	const lower = text.toLowerCase();
	const whole = lower.indexOf(wanted.join(''));
	const places: number[] = [];
	let score = 0;
	for (let at = whole >= 0 ? whole : 0, i = 0; i < wanted.length; i++, at++) {
		const found = lower.indexOf(wanted[i] ?? '', at);
		if (found < 0) return null;
		if (isStart(text, found)) score += 8;
		if (i > 0 && found === at) score += 10;
		score -= Math.min(3, found - at);
		places.push(found);
		at = found;
	}
	return { score: score - text.length / 100, places };
}

function isStart(text: string, at: number): boolean {
	return at === 0 || /[\s/_.:-]/.test(text[at - 1] ?? '') || (/[a-z]/.test(text[at - 1] ?? '') && /[A-Z]/.test(text[at] ?? ''));
}
