import { runtime } from '$lib/host/wails';

/** Puts text on the clipboard. It fails where the reader's browser does not let the page. */
export async function copy(text: string): Promise<void> {
	const desktop = runtime();
	// On plain http from another machine there is none, whatever the types say.
	const clipboard: Clipboard | undefined = navigator.clipboard;
	if (desktop) {
		if (!(await desktop.ClipboardSetText(text))) throw new Error('the window could not copy');
	} else if (clipboard) await clipboard.writeText(text);
	else copySelected(text);
}

/** Copies as a reader would by hand, from a field that is there only for that. */
function copySelected(text: string): void {
	const before = document.activeElement;
	const field = document.createElement('textarea');
	field.value = text;
	field.readOnly = true; // no keyboard comes up on a phone
	field.className = 'only-readers';
	(document.querySelector('dialog[open]') ?? document.body).append(field); // beside an open dialog nothing can be selected
	field.select();
	const copied = document.execCommand('copy');
	field.remove();
	if (before instanceof HTMLElement) before.focus();
	if (!copied) throw new Error('the browser does not let this page copy');
}

/** Opens an address beside this page: in the system's browser, or in a new tab. */
export function open(url: string): void {
	const desktop = runtime();
	if (desktop) desktop.BrowserOpenURL(url);
	else window.open(url, '_blank', 'noopener');
}
