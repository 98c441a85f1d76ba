import { MediaQuery } from 'svelte/reactivity';

/** What the reader's screen is like; the widths are those of the style sheets. */
export const screen = {
	phone: new MediaQuery('(max-width: 640px)', false),
	still: new MediaQuery('(prefers-reduced-motion: reduce)', false),
};
