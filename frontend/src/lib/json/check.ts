/** What is wrong with a text that should be JSON. */
export type MistakeKind =
	| 'value' // a value belongs here
	| 'key' // a key in double quotes belongs here
	| 'colon' // a colon belongs here
	| 'comma' // a comma or the closing bracket belongs here
	| 'unclosed' // the text ends before a bracket is closed
	| 'string' // the line ends inside a string
	| 'escape' // no such escape
	| 'control' // a control character must be escaped
	| 'number' // not how JSON writes a number
	| 'more'; // something follows the value

/** A mistake and its place. Lines and columns count from 1. */
export interface Mistake {
	kind: MistakeKind;
	/** The first character that cannot be. */
	at: number;
	line: number;
	column: number;
}

const space = /[ \t\n\r]*/y;
const insideString = /"(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[\da-f]{4}))*/iy;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.+-])/iy;
const numberLike = /[-+.]?\d/y;
const word = /(?:true|false|null)(?!\w)/y;

/**
 * The first mistake of a text, or null when it is JSON. JSON.parse knows that
 * there is one, but each browser says differently where, and some do not say.
 */
export function mistakeIn(text: string): Mistake | null {
	/** The brackets that are still open. */
	const open: ('{' | '[')[] = [];
	let at = 0;

	const take = (pattern: RegExp): boolean => {
		pattern.lastIndex = at;
		const found = pattern.test(text);
		if (found) at = pattern.lastIndex;
		return found;
	};
	/** What is wrong with the string or other single value that begins here, if anything. */
	const single = (): MistakeKind | null => {
		if (take(insideString)) {
			const next = text.charAt(at);
			if (next === '"') at++;
			else return next === '\\' ? 'escape' : next === '' || next === '\n' || next === '\r' ? 'string' : 'control';
			return null;
		}
		if (take(word) || take(number)) return null;
		numberLike.lastIndex = at;
		return numberLike.test(text) ? 'number' : 'value';
	};
	const key = (): MistakeKind | null => {
		if (text[at] !== '"') return text[at] === undefined ? 'unclosed' : 'key';
		const wrong = single();
		if (wrong) return wrong;
		take(space);
		if (text[at] !== ':') return 'colon';
		at++;
		return null;
	};
	/** The mistake from here to the end of the next value that holds no other, brackets included. */
	const value = (): MistakeKind | null => {
		for (;;) {
			take(space);
			const bracket = text[at];
			if (bracket === undefined && open.length > 0) return 'unclosed';
			if (bracket !== '{' && bracket !== '[') return single();
			at++;
			take(space);
			if (text[at] === (bracket === '{' ? '}' : ']')) {
				at++;
				return null;
			}
			open.push(bracket);
			const wrong = bracket === '{' ? key() : null;
			if (wrong) return wrong;
		}
	};

	let kind = value();
	while (kind === null && open.length > 0) {
		take(space);
		const bracket = open.at(-1);
		const next = text[at];
		if (next === ',') {
			at++;
			take(space);
			kind = (bracket === '{' ? key() : null) ?? value();
		} else if (next === (bracket === '{' ? '}' : ']')) {
			at++;
			open.pop();
		} else kind = next === undefined ? 'unclosed' : 'comma';
	}
	if (kind === null) {
		take(space);
		if (at === text.length) return null;
		kind = 'more';
	}
	const before = text.slice(0, at).split('\n');
	return { kind, at, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}
