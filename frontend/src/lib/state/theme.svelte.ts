import { remember } from '$lib/host/remember';
import { chosenTheme, showTheme, systemLight, type Theme, type ThemeChoice } from '$lib/host/theme';

/** The theme in force: the reader's choice, or else what their system prefers. */
export class Themes {
	current = $state<Theme>('dark');
	choice = $state<ThemeChoice>('system');

	/** Begins to follow the system and puts the theme on the page. Returns how to stop. */
	start(): () => void {
		const system = systemLight();
		const follow = () => (this.current = showTheme(this.choice));
		this.choice = chosenTheme();
		follow();
		system.addEventListener('change', follow);
		return () => system.removeEventListener('change', follow);
	}

	choose(choice: ThemeChoice): void {
		this.choice = choice;
		remember('theme', choice);
		this.current = showTheme(choice);
	}

	toggle(): void {
		this.choose(this.current === 'dark' ? 'light' : 'dark');
	}
}
