import { MediaQuery } from 'svelte/reactivity';

/** What the reader's screen is like; the widths are those of the style sheets. */
export const screen = {
	phone: new MediaQuery('(max-width: 640px)', false),
	/** Room for a word beside an icon in the top bar; and for more than that. */
	wide: new MediaQuery('(min-width: 861px)', true),
	roomy: new MediaQuery('(min-width: 1181px)', true),
	still: new MediaQuery('(prefers-reduced-motion: reduce)', false),
};
