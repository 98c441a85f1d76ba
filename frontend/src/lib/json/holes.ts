/** A hole of a template, {{…}}, with its braces: from and to as in slice. */
export interface Hole {
	from: number;
	to: number;
}

/** A hole; quoted text in it may have braces. */
export const hole = /\{\{(?:"(?:[^"\\]|\\.)*"|\}(?!\})|[^"}])*\}\}/y;

/** The holes of a text that should be JSON, in order. */
export function holesIn(text: string): Hole[] {
	const holes: Hole[] = [];
	for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', at)) {
		hole.lastIndex = at;
		if (hole.test(text)) {
			holes.push({ from: at, to: hole.lastIndex });
			at = hole.lastIndex;
		} else at += 2;
	}
	return holes;
}

/** The text with something in each hole, so that it is JSON where the template is one, and every other character keeps its place. */
export function filled(text: string): string {
	let out = '';
	for (const { from, to } of holesIn(text)) {
		out += text.slice(out.length, from);
		// A zero and spaces are a value, and harmless within a string.
		out += `0${' '.repeat(to - from - 1)}`;
	}
	return out + text.slice(out.length);
}
