import { recall, remember } from '$lib/host/remember';

/** How large numbers, names and payloads are, in px. */
export const sizes = [11, 12, 13] as const;
export type Size = (typeof sizes)[number];

/** What one reader likes, in this browser. Theme, language and time zone have classes of their own. */
export class Preferences {
	/** Whether single letters, digits and signs act. */
	letters = $state(true);
	size = $state<Size>(11);

	/** Takes what was chosen before. */
	start(): void {
		this.letters = recall('letters') !== 'off';
		this.#become(sizes.find((s) => String(s) === recall('size')) ?? 11);
	}

	useLetters(on: boolean): void {
		this.letters = on;
		remember('letters', on ? 'on' : 'off');
	}

	use(size: Size): void {
		this.#become(size);
		remember('size', String(size));
	}

	#become(size: Size): void {
		this.size = size;
		document.documentElement.dataset.size = String(size);
	}
}

/** The page has one reader. */
export const preferences = new Preferences();
