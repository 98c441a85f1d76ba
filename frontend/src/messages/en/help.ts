/** Keys, and what pressing any of them does. */
type Keys = [keys: string[], does: string];

/** Words of the sheet of all keys. It names only what works. */
export const help = {
	title: 'Keys',
	close: 'Close (Esc)',
	note: 'Letters, digits and signs act while no text field has the focus.',
	groups: [
		{
			title: 'Everywhere',
			keys: [
				[['1', '…', '5'], 'the five screens'],
				[['/'], 'write a query on Live'],
				[['S'], 'share on the LAN'],
				[['T'], 'theme, dark or light'],
				[['?'], 'this sheet'],
				[['Esc'], 'close the sheet, then the message, then clear the query'],
			] as Keys[],
		},
		{
			title: 'Live',
			keys: [
				[['Space'], 'pause, and go on'],
				[['Home'], 'the newest message, live'],
				[['J', '↓'], 'next message, older'],
				[['K', '↑'], 'previous message, newer'],
				[[']'], 'next one of the same stream'],
				[['['], 'previous one of the same stream'],
				[['L'], 'next one that was late or lost'],
				[['M'], 'mute its stream, or list it again'],
				[['D'], 'what has changed, shown or not'],
				[['C'], 'copy the message in the way chosen last'],
			] as Keys[],
		},
		{
			title: 'Timing',
			keys: [
				[['W'], 'show more time'],
				[['A'], 'arm the trigger again'],
				[['←', '→'], 'the emit before, or after'],
				[['Shift', '←', '→'], 'the same among late ones'],
				[['↵'], 'list the message at the cursor, or the span'],
				[['Shift', '↵'], 'mark one corner of a span, then the other'],
				[['Esc'], 'let time go on'],
			] as Keys[],
		},
		{
			title: 'Clients',
			keys: [
				[['J', '↓'], 'open the next client'],
				[['K', '↑'], 'open the previous client'],
				[['Esc'], 'close it'],
			] as Keys[],
		},
		{ title: 'Compose', keys: [[['Ctrl', '↵'], 'send']] as Keys[] },
	],
};
