const escape = /\\(?:u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})|u([\da-fA-F]{4})|.)/g;

/** What can be seen as itself, but for the two that end a string or begin an escape. */
const visible = /^(?!["\\])[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;

/**
 * A JSON string as it was written, but with letters in place of their \u
 * escapes: many programs write everything but ASCII so. What cannot be seen,
 * such as a control character, stays escaped.
 */
export function readable(literal: string): string {
	if (!literal.includes('\\u')) return literal;
	return literal.replace(escape, (all: string, high?: string, low?: string, one?: string) => {
		if (high !== undefined && low !== undefined) return letter(high) + letter(low);
		return one !== undefined && visible.test(letter(one)) ? letter(one) : all;
	});
}

const letter = (hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
