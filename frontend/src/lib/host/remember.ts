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

/** What this tab has under name, also after a reload; made where it has nothing yet, or may keep nothing. */
export function ofTab(name: string, make: () => string): string {
	try {
		const key = `emitscope.${name}`;
		const value = sessionStorage.getItem(key) ?? make();
		sessionStorage.setItem(key, value);
		return value;
	} catch {
		return make();
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
