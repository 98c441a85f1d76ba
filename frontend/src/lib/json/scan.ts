/**
 * Cuts JSON text that is known to be valid into its parts without decoding
 * them, because JSON.parse rounds numbers beyond 2^53 and the reader wants to
 * see what was really sent.
 */

/** The values of an object by key, each as it is written. Of repeated keys the last counts. */
export function members(text: string): Map<string, string> {
	const found = new Map<string, string>();
	for (const [key, value] of pairs(text)) found.set(key, value);
	return found;
}

/** The keys and values of an object in their order, repeated keys included. */
export function pairs(text: string): [string, string][] {
	const found: [string, string][] = [];
	let at = space(text, 0) + 1; // behind "{"
	for (;;) {
		at = space(text, at);
		if (text[at] === ',') at = space(text, at + 1);
		if (text[at] !== '"') return found; // "}" or the end
		const keyEnd = endOfString(text, at);
		const start = space(text, space(text, keyEnd) + 1); // behind ":"
		const end = endOfValue(text, start);
		found.push([JSON.parse(text.slice(at, keyEnd)) as string, text.slice(start, end)]);
		at = end;
	}
}

/** The elements of an array, each as it is written. */
export function elements(text: string): string[] {
	const found: string[] = [];
	let at = space(text, 0) + 1; // behind "["
	for (;;) {
		at = space(text, at);
		if (text[at] === ',') at = space(text, at + 1);
		if (at >= text.length || text[at] === ']') return found;
		const end = endOfValue(text, at);
		found.push(text.slice(at, end));
		at = end;
	}
}

function space(text: string, at: number): number {
	while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
	return at;
}

function endOfString(text: string, at: number): number {
	for (at++; at < text.length; at++) {
		if (text[at] === '\\') at++;
		else if (text[at] === '"') return at + 1;
	}
	return text.length;
}

function endOfValue(text: string, at: number): number {
	if (text[at] === '"') return endOfString(text, at);
	let depth = 0;
	while (at < text.length) {
		const c = text[at];
		if (c === '"') {
			at = endOfString(text, at);
			continue;
		}
		if (c === '{' || c === '[') depth++;
		else if (c === '}' || c === ']') {
			if (depth === 0) return at; // of what holds this number or word
			if (--depth === 0) return at + 1;
		} else if (depth === 0 && (c === ',' || ' \t\n\r'.includes(c ?? ''))) return at;
		at++;
	}
	return at;
}
