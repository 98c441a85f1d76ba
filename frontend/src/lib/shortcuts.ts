import { preferences } from '$lib/state/preferences.svelte';
import { isTaken } from '$lib/ui/keys';

/**
 * Every key the page knows, by where it acts. Handlers, the help sheet and the
 * palette all read this table, and the types hold them to it: what has no
 * handler or no words does not compile. Mod is Ctrl, and the command key of a
 * Mac too; a letter stands for its capital as well.
 */
export const shortcuts = {
	page: {
		screens: ['1', '2', '3', '4', '5'],
		find: ['Mod+k'],
		query: ['/'],
		record: ['r'],
		keep: ['Mod+Shift+s'],
		share: ['s'],
		theme: ['t'],
		help: ['?'],
	},
	live: {
		pause: [' '],
		newest: ['Home'],
		next: ['j', 'ArrowDown'],
		previous: ['k', 'ArrowUp'],
		nextOfStream: [']'],
		previousOfStream: ['['],
		nextTrouble: ['l'],
		mute: ['m'],
		changes: ['d'],
		copy: ['c'],
		close: ['Escape'],
	},
	numbers: { plot: ['p'] },
	/** What has the focus hears these itself, before the page does. */
	parts: {
		moment: ['ArrowLeft', 'ArrowRight'],
		moments: ['PageUp', 'PageDown'],
		height: ['ArrowUp', 'ArrowDown'],
		offers: ['ArrowDown', 'ArrowUp'],
		complete: ['Tab'],
		lastTerm: ['Backspace'],
	},
	timing: { further: ['w'], arm: ['a'], close: ['Escape'] },
	plots: {
		before: ['ArrowLeft'],
		after: ['ArrowRight'],
		lateBefore: ['Shift+ArrowLeft'],
		lateAfter: ['Shift+ArrowRight'],
		list: ['Enter'],
		corner: ['Shift+Enter'],
	},
	clients: { next: ['j', 'ArrowDown'], previous: ['k', 'ArrowUp'], close: ['Escape'] },
	tape: { play: [' '], step: ['.'], a: ['a'], b: ['b'], note: ['n'], whole: ['0'], close: ['Escape'] },
	reel: { before: ['ArrowLeft'], after: ['ArrowRight'], farBefore: ['Shift+ArrowLeft'], farAfter: ['Shift+ArrowRight'], closer: ['+', '='], further: ['-'], seek: ['Enter'] },
	compose: { send: ['Mod+Enter'] },
} as const satisfies Record<string, Record<string, readonly string[]>>;

export type Place = keyof typeof shortcuts;

/** What each key of a place does. One that had nothing to do says false, and others may have the key. */
export type Acts<P extends Place> = { readonly [name in keyof (typeof shortcuts)[P]]: (key: string) => unknown };

/** A sentence for each key of each place. */
export type Told = { readonly [P in Place]: { readonly [name in keyof (typeof shortcuts)[P]]: string } };

/** Does what the pressed key stands for in a place, unless what has the focus wants it. */
export function actOn<P extends Place>(place: P, event: KeyboardEvent, acts: Acts<P>): void {
	const pressed = nameOf(event);
	if (pressed === null) return;
	const all: Record<string, readonly string[]> = shortcuts[place];
	for (const [name, keys] of Object.entries(all)) {
		if (!keys.includes(pressed)) continue;
		if (acts[name as keyof Acts<P>](pressed) !== false) event.preventDefault();
		return;
	}
}

/** What the table calls a pressed key; null when it is not for the page. */
function nameOf(event: KeyboardEvent): string | null {
	const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
	if (event.ctrlKey || event.metaKey) {
		const isElsewhere = event.target instanceof Element && event.target.closest('dialog') !== null;
		return event.defaultPrevented || event.altKey || event.repeat || isElsewhere ? null : `Mod+${event.shiftKey ? 'Shift+' : ''}${key}`;
	}
	if (isTaken(event) || (isSingle(key) && !preferences.letters)) return null;
	return event.shiftKey && key.length > 1 ? `Shift+${key}` : key;
}

/** Whether a key is a letter, digit or sign, which a reader may have switched off. */
export function isSingle(key: string): boolean {
	return key.length === 1 && key !== ' ';
}

const named: Record<string, string> = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Escape: 'Esc', Enter: '↵' };

/** What is printed on the keys that a key of the table is: "Ctrl" and "K". */
export function capsOf(key: string, space: string): string[] {
	const isMac = /^Mac|^iP/.test(navigator.platform);
	const parts = key === '+' ? [key] : key.split('+');
	return parts.map((part) => {
		if (part === 'Mod') return isMac ? '⌘' : 'Ctrl';
		if (part === ' ') return space;
		return named[part] ?? (part.length === 1 ? part.toUpperCase() : part);
	});
}
