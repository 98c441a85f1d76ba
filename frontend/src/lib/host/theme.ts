import { recall } from '$lib/host/remember';

export type Theme = 'dark' | 'light';

/** What a reader may choose. */
export const themeChoices = ['system', 'dark', 'light'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

/** What the system prefers; it may change while the page is open. */
export const systemLight = () => matchMedia('(prefers-color-scheme: light)');

/** What the reader chose when the page was last open. */
export function chosenTheme(): ThemeChoice {
	const before = recall('theme');
	return themeChoices.find((c) => c === before) ?? 'system';
}

/** Puts the theme on the page that a choice comes to. */
export function showTheme(choice: ThemeChoice): Theme {
	const theme = choice === 'system' ? (systemLight().matches ? 'light' : 'dark') : choice;
	document.documentElement.dataset.theme = theme;
	return theme;
}
