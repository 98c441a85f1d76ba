/** A text in messages that tells several things in one stream apart, such as which symbol a tick is of. */
export interface Apart {
	/** Where it stands, key by key. */
	path: readonly string[];
	text: string;
}

/** A text longer than this is prose and tells nothing apart. */
const longest = 40;

/**
 * Finds what tells a message apart from the others of its stream: the text,
 * beside the number at a JSON pointer or at the top, of which these messages have
 * most different values, each more than once. Without it a plot would jump from
 * one thing to the other; null: the messages are all of one thing.
 */
export function apart(payload: string, pointer: string, others: readonly string[]): Apart | null {
	const own = textsOf(payload, pointer);
	let best: Apart | null = null;
	let most = 1;
	for (const [key, { path, text }] of own) {
		const values = others.flatMap((other) => textsOf(other, pointer).get(key)?.text ?? []);
		const different = new Set(values);
		const isRepeated = values.filter((v) => v === text).length > 1 && different.size <= values.length / 2;
		if (isRepeated && different.size > most) {
			most = different.size;
			best = { path, text };
		}
	}
	return best;
}

/** The short texts at the top of a payload and beside a number, by where they stand. */
function textsOf(payload: string, pointer: string): Map<string, Apart> {
	const found = new Map<string, Apart>();
	const keys = pointer.split('/').slice(1, -1).map((k) => k.replaceAll('~1', '/').replaceAll('~0', '~'));
	let value = parsed(payload);
	for (let depth = 0; ; depth++) {
		value = unwrapped(value);
		if (typeof value !== 'object' || value === null) return found;
		if (depth === 0 || depth === keys.length) collect(value, keys.slice(0, depth), found);
		const key = keys[depth];
		if (key === undefined) return found;
		value = (value as Record<string, unknown>)[key];
	}
}

function collect(object: object, path: readonly string[], found: Map<string, Apart>): void {
	if (Array.isArray(object)) return;
	for (const [key, text] of Object.entries(object)) {
		if (typeof text !== 'string' || text.length > longest || /^\s*([[{]|$)/.test(text) || !Number.isNaN(Number(text))) continue;
		found.set(JSON.stringify([...path, key]), { path: [...path, key], text });
	}
}

/** JSON inside a string, as it is, up to three times; anything else as it is. */
function unwrapped(value: unknown): unknown {
	for (let i = 0; i < 3 && typeof value === 'string'; i++) {
		const inside = parsed(value);
		if (typeof inside !== 'object' && typeof inside !== 'string') return value;
		value = inside;
	}
	return value;
}

/** undefined when it is no JSON, or only the beginning of some. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
