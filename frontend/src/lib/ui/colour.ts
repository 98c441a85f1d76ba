const known = new Map<string, string>();
let theme: string | undefined;

/**
 * The value of a token, for a canvas cannot read CSS variables itself. name is
 * one of tokens.css, such as "--accent". It is looked up once in each theme:
 * asking makes the browser bring all styles up to date.
 */
export function token(name: string): string {
	const now = document.documentElement.dataset.theme;
	if (now !== theme) known.clear();
	theme = now;
	let value = known.get(name);
	if (value === undefined) {
		value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
		known.set(name, value);
	}
	return value;
}
