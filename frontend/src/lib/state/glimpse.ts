/** A value found in a payload, by its path as a query writes it. */
export interface Glimpse {
	/** Such as ".legs[0].price"; "" is the payload itself. */
	path: string;
	/** As JSON has it. */
	value: string;
}

/** How deep a payload is looked into, and how many values are taken of it: more are in nobody's mind. */
const mostDepth = 4;
const mostValues = 40;

/**
 * The numbers, words and texts in a payload of which maybe only the beginning is
 * known. What is cut is left out. JSON inside of a JSON string is looked into.
 */
export function glimpses(preview: string): Glimpse[] {
	const found: Glimpse[] = [];
	let text = preview;
	let at = 0;

	function string(): string | null {
		const end = /"(?:[^"\\]|\\.)*"/sy;
		end.lastIndex = at;
		const whole = end.exec(text)?.[0];
		if (whole === undefined) return null;
		at += whole.length;
		return whole;
	}

	/** Takes a value in, and says whether it was whole. */
	function value(path: string, depth: number): boolean {
		const c = text[at];
		if (c === '{' || c === '[') return depth < mostDepth && container(c, path, depth + 1);
		let whole: string | null;
		if (c === '"') whole = string();
		else {
			const word = /[^,\]}\s]+(?=[,\]}\s])/y; // a number that nothing follows may have been cut
			word.lastIndex = at;
			whole = word.exec(text)?.[0] ?? (depth === 0 && text.length < 256 ? text.slice(at) : null);
			at += whole?.length ?? 0;
		}
		if (whole === null || found.length >= mostValues) return false;
		if (whole !== '') found.push({ path, value: whole });
		return true;
	}

	function container(open: string, path: string, depth: number): boolean {
		at++;
		for (let i = 0; at < text.length; i++) {
			if (text[at] === ',') at++;
			if (text[at] === '}' || text[at] === ']') {
				at++;
				return true;
			}
			let step = `[${i}]`;
			if (open === '{') {
				const key = string();
				if (key === null || text[at] !== ':') return false;
				at++;
				step = stepTo(key);
			}
			if (!value(path + step, depth)) return false;
		}
		return false;
	}

	if (text.startsWith('"')) {
		const inner = unwrapped(text);
		if (/^\s*[{[]/.test(inner)) text = inner.trim();
	}
	try {
		value('', 0);
	} catch {
		// It was no JSON; what was found until then is true.
	}
	return found;
}

/** A key as a step of a path. */
function stepTo(key: string): string {
	const plain = JSON.parse(key) as string;
	return /^[\w$@-]+$/.test(plain) ? `.${plain}` : `.${JSON.stringify(plain)}`;
}

/** The text of a JSON string that may have no end. */
function unwrapped(text: string): string {
	const [content = ''] = /^(?:[^"\\]|\\(?:["\\/bfnrt]|u[\da-f]{4}))*/i.exec(text.slice(1)) ?? [];
	return JSON.parse(`"${content}"`) as string;
}
