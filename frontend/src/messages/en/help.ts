import type { Told } from '$lib/shortcuts';

/** Words of the sheet of all keys. What the keys are says lib/shortcuts. */
export const help = {
	title: 'Keys',
	close: 'Close (Esc)',
	note: 'Letters, digits and signs act while no text field has the focus, and can be switched off.',
	off: 'Letters, digits and signs are switched off.',
	settings: 'Settings',
	space: 'Space',
	places: { page: 'Everywhere', live: 'Live', numbers: 'Live, on a number', timing: 'Timing', plots: 'Timing, on the plots', clients: 'Clients', compose: 'Compose' },
	does: {
		page: {
			screens: 'the five screens',
			find: 'find anything',
			query: 'write a query on Live',
			share: 'share on the LAN',
			theme: 'theme, dark or light',
			help: 'this sheet',
		},
		live: {
			pause: 'pause, and go on',
			newest: 'the newest message, live',
			next: 'next message, older',
			previous: 'previous message, newer',
			nextOfStream: 'next one of the same stream',
			previousOfStream: 'previous one of the same stream',
			nextTrouble: 'next one that was late or lost',
			mute: 'mute its stream, or list it again',
			changes: 'what has changed, shown or not',
			copy: 'copy the message in the way chosen last',
			close: 'close the message, then clear the query',
		},
		numbers: { plot: 'plot it, or plot it no more' },
		timing: { further: 'show more time', arm: 'arm the trigger again', close: 'close the lane’s settings, or let time go on' },
		plots: {
			before: 'the emit before',
			after: 'the emit after',
			lateBefore: 'the late emit before',
			lateAfter: 'the late emit after',
			list: 'list the message at the cursor, or the span',
			corner: 'mark one corner of a span, then the other',
		},
		clients: { next: 'open the next client', previous: 'open the previous client', close: 'close it' },
		compose: { send: 'send' },
	} satisfies Told,
};
