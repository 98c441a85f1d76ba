/**
 * Import this first. With LANG unset or "C.UTF-8" WebKitGTK gives
 * navigator.language as "C"; Intl throws at it, uPlot calls Intl while it is
 * imported, and the window stays white.
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
