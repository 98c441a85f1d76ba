/**
 * Import this first. With LANG unset or "C.UTF-8" WebKitGTK gives
 * navigator.language as "C", and Intl throws at it: a library that calls Intl
 * while it is imported would leave the window white.
 */
function usable(tag: string): boolean {
	try {
		return Intl.getCanonicalLocales(tag).length === 1;
	} catch {
		return false;
	}
}

if (!usable(navigator.language)) {
	Object.defineProperty(navigator, 'language', { value: 'en-US', configurable: true });
	Object.defineProperty(navigator, 'languages', { value: ['en-US'], configurable: true });
}
