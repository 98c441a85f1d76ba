import { difference } from '$lib/json/difference';
import { tree, type TreeLine } from '$lib/json/tree';

/** One value that is not as it was. */
export interface Change {
	/** Where it is: "price", or "levels.0.bid"; empty for a payload that is one value. */
	name: string;
	kind: 'changed' | 'added' | 'removed';
	/** As they are written; empty where there is none. */
	before: string;
	after: string;
	/** Of two numbers, what has come to the first; empty of anything else. */
	by: string;
}

export interface Diff {
	changes: Change[];
	/** How many values there are in both together. */
	of: number;
	/** False when only the beginning of a long payload was compared. */
	complete: boolean;
}

/** So many values of each payload are compared: nobody reads more. */
const mostLines = 2000;

/** What has changed from one payload to the next, both valid JSON, in the order of the newer one; what is gone comes last. */
export function diff(before: string, after: string): Diff {
	const old = leaves(before);
	const now = leaves(after);
	const changes: Change[] = [];
	for (const [pointer, line] of now.values) {
		const was = old.values.get(pointer);
		const name = nameOf(pointer);
		if (!was) changes.push({ name, kind: 'added', before: '', after: line.text, by: '' });
		else if (was.text !== line.text) {
			const by = was.kind === 'number' && line.kind === 'number' ? difference(was.text, line.text) : null;
			if (by !== '0') changes.push({ name, kind: 'changed', before: was.text, after: line.text, by: by ?? '' });
		}
	}
	let of = now.values.size;
	for (const [pointer, line] of old.values) {
		if (now.values.has(pointer)) continue;
		of++;
		changes.push({ name: nameOf(pointer), kind: 'removed', before: line.text, after: '', by: '' });
	}
	return { changes, of, complete: old.complete && now.complete };
}

/** What holds no other value, by its pointer. */
function leaves(text: string): { values: Map<string, TreeLine>; complete: boolean } {
	const { lines, complete } = tree(text, mostLines);
	return { values: new Map(lines.filter((line) => line.size === 0).map((line) => [line.pointer, line])), complete };
}

function nameOf(pointer: string): string {
	return pointer.slice(1).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
}
