import { recall, remember } from '$lib/host/remember';

export type Theme = 'dark' | 'light';

/** The theme in force: the reader's choice, or else what their system prefers. */
export class Themes {
	current = $state<Theme>('dark');
	#chosen = false;

	/** Begins to follow the system and puts the theme on the page. Returns how to stop. */
	start(): () => void {
		const light = matchMedia('(prefers-color-scheme: light)');
		const follow = () => {
			if (!this.#chosen) this.#become(light.matches ? 'light' : 'dark');
		};
		const before = recall('theme');
		if (before === 'dark' || before === 'light') {
			this.#chosen = true;
			this.#become(before);
		} else follow();
		light.addEventListener('change', follow);
		return () => light.removeEventListener('change', follow);
	}

	toggle(): void {
		this.#chosen = true;
		this.#become(this.current === 'dark' ? 'light' : 'dark');
		remember('theme', this.current);
	}

	#become(theme: Theme): void {
		this.current = theme;
		document.documentElement.dataset.theme = theme;
	}
}
