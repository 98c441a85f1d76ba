import { termsOf } from '$lib/query';

/** What of a message a query speaks of, as far as it can be shown in a line of it. */
export interface Marks {
	/** Keys whose values it compares: the last part of each path in data. */
	keys: ReadonlySet<string>;
	/** Words it looks for, in small letters. */
	words: readonly string[];
}

export const noMarks: Marks = { keys: new Set(), words: [] };

/** The path of a term on data, such as "data.bid[0].price>5". */
const onData = /^data((?:\.(?:"(?:[^"\\]|\\.)*"|[^\s.[:=!<>]+)|\[\d+\])+)\s*(?:!?[:=]|[<>]=?)/;
const field = /^[a-z]+(?:\.|\[|!?[:=]|[<>]=?)/;

/** Reads a query for what can be marked. What it denies is in no message, and alternatives count like all others. */
export function marksOf(text: string): Marks {
	const keys = new Set<string>();
	const words: string[] = [];
	const parts = termsOf(text).flatMap((t) => t.text.split(/[\s()]+(?=(?:[^"]*"[^"]*")*[^"]*$)/)); // not inside of quotes
	for (const [i, part] of parts.entries()) {
		if (part === '' || part === 'OR' || part === 'NOT' || part.startsWith('-') || parts[i - 1] === 'NOT') continue;
		const path = onData.exec(part)?.[1];
		const key = path?.match(/"(?:[^"\\]|\\.)*"|[^.[\]"]+/g)?.filter((k) => !/^\d+$/.test(k)).at(-1);
		if (key !== undefined) keys.add(key.replace(/^"|"$/g, ''));
		else if (!field.test(part)) words.push(part.replace(/^"|"$/g, '').toLowerCase());
	}
	return keys.size + words.length === 0 ? noMarks : { keys, words: words.filter((w) => w !== '') };
}
