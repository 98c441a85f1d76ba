import { runtime } from '$lib/host/wails';

/** Puts text on the clipboard. It fails where the reader's browser does not let the page. */
export async function copy(text: string): Promise<void> {
	const desktop = runtime();
	if (!desktop) await navigator.clipboard.writeText(text); // there is none on plain http from another machine
	else if (!(await desktop.ClipboardSetText(text))) throw new Error('the window could not copy');
}

/** Opens an address beside this page: in the system's browser, or in a new tab. */
export function open(url: string): void {
	const desktop = runtime();
	if (desktop) desktop.BrowserOpenURL(url);
	else window.open(url, '_blank', 'noopener');
}
