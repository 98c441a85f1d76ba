import type { Act } from '$lib/host/native';

/** What can lie over the page; one at a time. */
export type SheetName = 'find' | 'help' | 'settings' | WindowSheet;

/** What is about the program itself: three of them only in its window. */
export type WindowSheet = 'about' | 'updates' | 'leave' | 'unopened';

/** The sections of the settings, in their order. */
export const sections = ['general', 'lanes', 'limits', 'data'] as const;
export type Section = (typeof sections)[number];

/** Which sheet is open. Sharing, the audit and the alerts, which belong to the hub, say so themselves. */
export class Sheets {
	open = $state<SheetName | null>(null);
	/** Which part of the settings is shown. */
	section = $state<Section>('general');
	/** What a sheet of the window is about: what would end, or which file was not opened and why. */
	act = $state.raw<Act | null>(null);
	/** What was typed for the box to find in before it was there. */
	typed = '';

	show(name: SheetName, section: Section = this.section): void {
		this.open = name;
		this.typed = '';
		this.section = section;
	}

	close(): void {
		this.open = null;
	}
}
