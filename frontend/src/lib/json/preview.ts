import { readable } from '$lib/json/readable';
import { type Marks, noMarks } from '$lib/marks';

/** A stretch of a preview: a value, and what stands between it and the one before. */
export interface Stretch {
	between: string;
	/** Empty for what stands behind the last value. */
	value: string;
	/** The query speaks of it. */
	marked: boolean;
}

/**
 * The beginning of a payload made readable on one line: `{symbol:"AAPL",
 * price:231.42}`. The text may end anywhere, for the hub cuts it at 256 bytes.
 * JSON inside a string is shown without its escapes. No more is made than fits,
 * in characters, or little more: the browser would shape what nobody sees.
 */
export function preview(text: string, fits: number, marks: Marks = noMarks): Stretch[] {
	if (/^"\s*[{[]/.test(text)) text = unwrap(text);
	const out: Stretch[] = [];
	let between = '';
	let at = 0;
	let made = 0;
	let key = ''; // of the value that comes next; that of an array is its elements', too
	const token = /"(?:[^"\\]|\\.)*(?:"|$)|[{}[\],:]|[^\s"{}[\],:]+|\s+/gy;
	while (at < text.length && made < fits) {
		token.lastIndex = at;
		const written = token.exec(text)?.[0];
		if (written === undefined) break;
		at += written.length;
		const found = readable(written);
		const isKey = found.startsWith('"') && text[at] === ':';
		if (isKey) {
			key = found.slice(1, -1);
			between += /^"[A-Za-z_$][\w$-]*"$/.test(found) ? key : found;
		}
		else if (found === ',') between += ', ';
		else if (found.length === 1 && '{}[]:'.includes(found)) between += found;
		else if (found.trim() !== '') {
			out.push({ between, value: found.slice(0, fits), marked: marks !== noMarks && isMarked(marks, key, found) });
			made += between.length + found.length;
			between = '';
		}
	}
	if (between !== '') out.push({ between: between.slice(0, fits), value: '', marked: false });
	return out;
}

function isMarked({ keys, words }: Marks, key: string, value: string): boolean {
	return keys.has(key) || words.some((word) => value.toLowerCase().includes(word));
}

/** The text inside a JSON string that may have been cut anywhere. */
function unwrap(text: string): string {
	const open = text.replace(/"$/, '').replace(/\\(u[\da-f]{0,3})?$/i, '');
	try {
		return JSON.parse(`${open}"`) as string;
	} catch {
		return text;
	}
}
