import { readable } from '$lib/json/readable';
import { elements, pairs } from '$lib/json/scan';

/** What a line of the tree shows; containers show how many they hold. */
export type Kind = 'object' | 'array' | 'string' | 'number' | 'word';

/** One line of a payload shown as a tree. */
export interface TreeLine {
	depth: number;
	/** The key, or the index in an array; null for a payload that is one value. */
	label: string | null;
	/** Where the value is, as a JSON pointer that passes through JSON inside strings; "" is the payload itself. */
	pointer: string;
	kind: Kind;
	/** The value as it was written, with its letters readable; of a container its size, such as "[3]". */
	text: string;
	/** The value was JSON inside a string, which was unwrapped. */
	unwrapped: boolean;
	/** How many values it holds; 0 for what is no container. */
	size: number;
	/** What it holds has no lines. */
	folded: boolean;
}

/** Whether a line shows a number: one by itself, or a string that is wholly one, as exchanges send prices. */
export function isNumber({ kind, text }: TreeLine): boolean {
	return kind === 'number' || (kind === 'string' && /^"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?"$/.test(text));
}

/** How often JSON inside a string inside JSON is unwrapped. */
const maxUnwrap = 3;

/** Says of a container whether the lines of what it holds are left out. */
export type Folding = (pointer: string, size: number) => boolean;

/**
 * The lines of valid JSON text, in its own order. An object at the top has no
 * line of its own. JSON inside a string is unwrapped, since many programs send
 * `emit(json.dumps(x))`. At most limit lines are made.
 */
export function tree(text: string, limit: number, isFolded: Folding = () => false): { lines: TreeLine[]; complete: boolean } {
	const lines: TreeLine[] = [];
	let complete = true;

	function walk(value: string, label: string | null, pointer: string, depth: number, unwraps: number, unwrapped: boolean): void {
		if (lines.length >= limit) {
			complete = false;
			return;
		}
		const kind = kindOf(value);
		if (kind === 'string' && unwraps < maxUnwrap) {
			const inside = jsonInside(value);
			if (inside !== null) return walk(inside, label, pointer, depth, unwraps + 1, true);
		}
		if (kind !== 'object' && kind !== 'array') {
			lines.push({ depth, label, pointer, kind, text: kind === 'string' ? readable(value) : value, unwrapped, size: 0, folded: false });
			return;
		}
		const children: [string, string][] =
			kind === 'object' ? pairs(value) : elements(value).map((v, i) => [String(i), v]);
		const size = children.length;
		const bare = label === null && size > 0 && !unwrapped;
		const folded = !bare && size > 0 && isFolded(pointer, size);
		if (!bare) {
			const text = kind === 'object' ? `{${size || ''}}` : `[${size || ''}]`;
			lines.push({ depth, label, pointer, kind, text, unwrapped, size, folded });
		}
		if (folded) return;
		for (const [key, child] of children) {
			walk(child, key, `${pointer}/${escaped(key)}`, bare ? depth : depth + 1, unwraps, false);
			if (!complete) return;
		}
	}

	walk(text.trim(), null, '', 0, 0, false);
	return { lines, complete };
}

/** A key as a part of a JSON pointer. */
function escaped(key: string): string {
	return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function kindOf(value: string): Kind {
	switch (value[0]) {
		case '{':
			return 'object';
		case '[':
			return 'array';
		case '"':
			return 'string';
		case 't':
		case 'f':
		case 'n':
			return 'word';
		default:
			return 'number';
	}
}

/** The object or array that a JSON string holds as text, or null. */
function jsonInside(literal: string): string | null {
	const text = (JSON.parse(literal) as string).trim();
	if (!text.startsWith('{') && !text.startsWith('[')) return null;
	try {
		JSON.parse(text);
		return text;
	} catch {
		return null;
	}
}
