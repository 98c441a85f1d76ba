import { bound } from '$lib/host/wails';

/** Whether notices of the system can be shown: yes; after somebody allowed them; no more, for somebody did not; or not by this page at all. */
export type Allowance = 'granted' | 'ask' | 'denied' | 'none';

/** The window's process shows them; a browser does, on pages of this machine or by https. */
export function allowance(): Allowance {
	if (bound()) return 'granted';
	if (typeof Notification === 'undefined' || !window.isSecureContext) return 'none';
	return Notification.permission === 'default' ? 'ask' : Notification.permission;
}

/** Asks the reader. A browser hears that only while a press is being handled. */
export async function askForNotices(): Promise<Allowance> {
	if (allowance() === 'ask') await Notification.requestPermission();
	return allowance();
}

/**
 * Shows a notice, in the place of one with the same tag. Where none may be shown,
 * nothing happens. A press on it raises the page, and calls onpress; the system of
 * the window raises the window alone.
 */
export function notice(title: string, body: string, tag: string, onpress: () => void): void {
	const process = bound();
	if (process) {
		void process.Notify(title, body, tag);
		return;
	}
	if (allowance() !== 'granted') return;
	try {
		const shown = new Notification(title, { body, tag });
		shown.onclick = () => {
			window.focus();
			shown.close();
			onpress();
		};
	} catch {
		// Browsers of phones show them only for pages that are installed.
	}
}
