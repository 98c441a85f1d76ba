/**
 * What is written into a field whose value comes from elsewhere, too: what is
 * being written stands until Enter is pressed or the field is left. Escape gives
 * the value back.
 */
export class Written {
	/** Whether what was entered is no value of its kind. It is left to be mended. */
	wrong = $state(false);

	#own = $state<string | null>(null); // what is being written; null: nothing
	#value: () => string;
	#take: (text: string) => boolean;

	/** value is what the field has by itself; take reports whether a text, without white space around it, is a value of its kind. */
	constructor(value: () => string, take: (text: string) => boolean) {
		this.#value = value;
		this.#take = take;
	}

	/** What the field shows. */
	get text(): string {
		return this.#own ?? this.#value();
	}

	write(text: string): void {
		this.#own = text;
	}

	/** Has what is written take effect. What is no other value is not entered. */
	readonly enter = (): void => {
		if (this.#own === null) return;
		const text = this.#own.trim();
		this.wrong = text !== this.#value() && !this.#take(text);
		if (!this.wrong) this.#own = null;
	};

	readonly keydown = (event: KeyboardEvent): void => {
		if (event.key === 'Enter') this.enter();
		else if (event.key === 'Escape' && this.#own !== null) {
			this.#own = null;
			this.wrong = false;
		} else return;
		event.preventDefault();
		event.stopPropagation(); // the key has done what it is for
	};
}
