/** Words about what a page may do, and of what is shown where it may nothing. */
export const access = {
	/** Of the button in the top bar. */
	button: 'What this page may do',
	locked: 'This hub asks for a key.',
	lead: (host: string) => `Emitscope at ${host} shows its messages to whoever has a view link or a key.`,
	goesOn: 'This page goes on by itself as soon as the hub lets it in.',
	where: 'Where to get one',
	whereDo:
		'On the machine Emitscope runs on, press Share. Open the view link shown there, scan its QR code with a phone, or have somebody send you the link.',
	label: 'Key, or the whole view link',
	show: 'Show',
	hide: 'Hide',
	enter: 'Open',
	trying: 'Asking…',
	note: 'The browser keeps a cookie that can only view. A key that allows more is forgotten when this page is closed.',
	noCookie: 'The key is right, but this browser keeps no cookies of this address.',
	noCookieDo: 'Allow cookies for it, and try again.',
	unreachable: 'The hub did not answer, so nobody has looked at the key.',
	unreachableDo: 'Try again once it is back.',
	/** The same screen for a page that is let in. */
	within: 'What this page may do',
	scopes: {
		view: 'see messages, timing and clients',
		publish: 'send messages',
		admin: 'change lanes, sharing and keys, and disconnect clients',
	},
	may: 'It may',
	mayNot: 'It may not',
	byKey: (name: string) => `By the key “${name}”.`,
	byNone: 'Without a key: this hub is open for everybody to view.',
	other: 'Another key',
	forget: 'Forget the key',
	back: 'Back',
	/** The line above a page that is let in no more, or was opened with a key of no use. */
	askKey: 'Enter a key',
	close: 'Close',
	/** Why something is not offered, on the screens that would. */
	noPublish: 'This page may not send: that needs a key with the scope publish.',
	noAdmin: 'Only a key with the scope admin may do this.',
};
