/**
 * Small choices kept in the browser, such as the theme. The window and the
 * browser have different origins and a browser may refuse storage, so nothing
 * may depend on getting one back.
 */
export function remember(name: string, value: string): void {
	try {
		localStorage.setItem(`emitscope.${name}`, value);
	} catch {
		// Storage is switched off or full: the choice lasts as long as the page.
	}
}

/** What was remembered under name, or null. */
export function recall(name: string): string | null {
	try {
		return localStorage.getItem(`emitscope.${name}`);
	} catch {
		return null;
	}
}
