import { tick } from 'svelte';

/**
 * A field under which ways to go on are offered, as a combobox has them: where its caret
 * is, what is offered there, and which offer the keys have come to.
 */
export class Offering<Offer> {
	field = $state<HTMLInputElement>();
	caret = $state(0);
	isOpen = $state(false);
	/** The offer that the arrow keys have come to; −1: none. */
	active = $state(-1);

	#offers: (caret: number) => readonly Offer[];

	/** offers are those for what is written, with the caret there; none where nothing is to be offered. */
	constructor(offers: (caret: number) => readonly Offer[]) {
		this.#offers = offers;
	}

	readonly offers = $derived.by(() => (this.isOpen ? this.#offers(this.caret) : []));

	/** Looks where the caret is. */
	readonly look = (): void => {
		if (this.field) this.caret = this.field.selectionStart ?? this.field.value.length;
	};

	/** Begins anew, for what is written now. */
	begin(): void {
		this.look();
		this.isOpen = true;
		this.active = -1;
	}

	/** Offers nothing more. */
	end(): void {
		this.isOpen = false;
		this.active = -1;
	}

	/** Puts the caret there, once the text is what it is now. */
	async standAt(place: number): Promise<void> {
		this.active = -1;
		await tick();
		this.field?.focus();
		this.field?.setSelectionRange(place, place);
		this.caret = place;
	}

	/**
	 * Moves with the arrow keys, and chooses with Enter what they have come to, and with
	 * Tab also the first one, as in a shell. It reports whether the key was one for the offers.
	 */
	key(event: KeyboardEvent, choose: (offer: Offer) => void): boolean {
		const many = this.offers.length;
		const chosen = this.offers[this.active];
		switch (event.key) {
			case 'ArrowDown':
				this.active = (this.active + 1) % Math.max(1, many);
				break;
			case 'ArrowUp':
				this.active = this.active > 0 ? this.active - 1 : many - 1;
				break;
			case 'Enter':
				if (!chosen) return false;
				choose(chosen);
				return true;
			case 'Tab': {
				const first = chosen ?? this.offers[0];
				if (event.shiftKey || !first || this.field?.value.trim() === '') return false;
				choose(first);
				return true;
			}
			default:
				return false;
		}
		this.isOpen = true;
		return true;
	}
}
