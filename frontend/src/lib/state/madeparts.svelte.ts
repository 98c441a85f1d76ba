import type { Part, ScreenName } from '$lib/state/address.svelte';

/** A part for tests: it remembers a text. */
export class Memory implements Part {
	text = $state('');
	/** Asked before a text is shown; it may take its time and say no. */
	wait: (() => Promise<boolean>) | null = null;

	constructor(
		readonly screen: ScreenName,
		readonly name: string,
		readonly isPlace = false,
	) {}

	read(): string {
		return this.text;
	}

	show(text: string): Promise<void> | void {
		if (!this.wait) this.text = text;
		else return this.wait().then((isGood) => void (isGood && (this.text = text)));
	}
}
