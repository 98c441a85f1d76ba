/** A canvas cannot read CSS variables itself. name is one of tokens.css, such as "--accent". */
export function token(name: string): string {
	return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
