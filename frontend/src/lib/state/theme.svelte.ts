import { recall, remember } from '$lib/host/remember';

export type Theme = 'dark' | 'light';

/** What a reader may choose. */
export const themeChoices = ['system', 'dark', 'light'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

/** The theme in force: the reader's choice, or else what their system prefers. */
export class Themes {
	current = $state<Theme>('dark');
	choice = $state<ThemeChoice>('system');
	#system: Theme = 'dark';

	/** Begins to follow the system and puts the theme on the page. Returns how to stop. */
	start(): () => void {
		const light = matchMedia('(prefers-color-scheme: light)');
		const follow = () => {
			this.#system = light.matches ? 'light' : 'dark';
			this.#become();
		};
		const before = recall('theme');
		this.choice = themeChoices.find((c) => c === before) ?? 'system';
		follow();
		light.addEventListener('change', follow);
		return () => light.removeEventListener('change', follow);
	}

	choose(choice: ThemeChoice): void {
		this.choice = choice;
		remember('theme', choice);
		this.#become();
	}

	toggle(): void {
		this.choose(this.current === 'dark' ? 'light' : 'dark');
	}

	#become(): void {
		this.current = this.choice === 'system' ? this.#system : this.choice;
		document.documentElement.dataset.theme = this.current;
	}
}
