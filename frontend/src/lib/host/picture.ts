import { bound } from '$lib/host/wails';

/**
 * Puts a picture on the clipboard; where the browser does not let the page,
 * which on plain http from another machine is everywhere, it saves it as a file.
 */
export async function copyPicture(picture: Promise<Blob>, name: string): Promise<'copied' | 'saved'> {
	// On plain http from another machine there is neither, whatever the types say.
	const clipboard: Clipboard | undefined = navigator.clipboard;
	if (clipboard && typeof ClipboardItem === 'function') {
		try {
			await clipboard.write([new ClipboardItem({ 'image/png': picture })]); // a promise: Safari wants to be asked within the press
			return 'copied';
		} catch {
			// It was not allowed: the file is the other way.
		}
	}
	if (bound()) throw new Error('the window can neither copy nor save a picture');
	const url = URL.createObjectURL(await picture);
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
	URL.revokeObjectURL(url);
	return 'saved';
}
