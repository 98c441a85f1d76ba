/** What the hub says begins small and has no end, as behind its name in a terminal. A person reads a sentence. */
export function sentence(text: string): string {
	if (!text) return '';
	return `${text[0]?.toUpperCase()}${text.slice(1)}${/[.!?。]$/.test(text) ? '' : '.'}`;
}
