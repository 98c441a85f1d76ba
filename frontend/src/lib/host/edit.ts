import { runtime } from '$lib/host/wails';

/** What a menu does to the text that has the focus. */
export const edits = ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll'] as const;
export type Edit = (typeof edits)[number];

/**
 * Does what the key of the same name would. The clipboard is the window's: a page may
 * not read it, and copies only while a press on itself is handled.
 */
export async function edit(how: Edit): Promise<void> {
	const desktop = runtime();
	if (how === 'paste') {
		const text = (await desktop?.ClipboardGetText()) ?? '';
		if (text) document.execCommand('insertText', false, text);
	} else if (how === 'cut' || how === 'copy') {
		const text = selected();
		if (!text || !(await desktop?.ClipboardSetText(text))) return;
		if (how === 'cut') document.execCommand('delete');
	} else document.execCommand(how);
}

/** The text that is selected, in a field or on the page. */
function selected(): string {
	const field = document.activeElement;
	if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
	return getSelection()?.toString() ?? '';
}
