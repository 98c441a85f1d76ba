import { HighlightStyle, StreamLanguage, type StringStream, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { hole } from '$lib/json/holes';

/** How far a line is read. */
interface Reading {
	/** Brackets that are open. */
	depth: number;
	/** What string it is in; null: none. */
	string: 'propertyName' | 'string' | null;
}

const restOfKey = /^(?:[^"\\]|\\.)*"\s*:/;

/** JSON with the holes of a template, as far as colours and indents go. What is wrong with it, others say. */
const json = StreamLanguage.define<Reading>({
	name: 'json',
	startState: () => ({ depth: 0, string: null }),
	token(stream, reading) {
		if (takeHole(stream)) return 'macroName';
		if (reading.string) return restOfString(stream, reading);
		if (stream.eatSpace()) return null;
		const c = stream.next() ?? '';
		if (c === '"') {
			reading.string = restOfKey.test(stream.string.slice(stream.pos)) ? 'propertyName' : 'string';
			return reading.string;
		}
		if ('{['.includes(c)) reading.depth++;
		else if ('}]'.includes(c)) reading.depth = Math.max(0, reading.depth - 1);
		else if (!':,'.includes(c)) {
			stream.eatWhile(/[-+.\w]/);
			return 'atom';
		}
		return 'punctuation';
	},
	indent: ({ depth }, after, { unit }) => (depth - (/^\s*[}\]]/.test(after) ? 1 : 0)) * unit,
	languageData: { indentOnInput: /^\s*[}\]]$/ },
});

function takeHole(stream: StringStream): boolean {
	hole.lastIndex = stream.pos;
	if (!hole.test(stream.string)) return false;
	stream.pos = hole.lastIndex;
	return true;
}

/** Reads on to the end of the string or of the line, or to the next hole. */
function restOfString(stream: StringStream, reading: Reading): string | null {
	const kind = reading.string;
	while (!stream.eol() && !stream.match('{{', false)) {
		const c = stream.next();
		if (c === '\\') stream.next();
		else if (c === '"') {
			reading.string = null;
			return kind;
		}
	}
	if (stream.match('{{', false) && stream.pos === stream.start) stream.next(); // one that is not closed
	if (stream.eol()) reading.string = null;
	return kind;
}

const colours = HighlightStyle.define([
	{ tag: tags.propertyName, color: 'var(--text-2)' },
	{ tag: tags.punctuation, color: 'var(--text-2)' },
	{ tag: [tags.string, tags.atom], color: 'var(--text)' },
	{ tag: tags.macroName, color: 'var(--accent)', backgroundColor: 'var(--accent-wash)', borderRadius: 'var(--radius-inset)', padding: '2px 0' },
]);

export const language = [json, syntaxHighlighting(colours)];
