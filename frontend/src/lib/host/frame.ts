import { open } from '$lib/host/outside';
import { bound, runtime } from '$lib/host/wails';

/** Does for the page what a browser would do around it. In a browser there is nothing to do. */
export function settleIn(): void {
	const process = bound();
	const desktop = runtime();
	if (!process || !desktop) return;

	// On most keyboards plus is a capital: without Shift it is meant as well.
	addEventListener('keydown', (event) => {
		if (event.ctrlKey && !event.altKey && event.key === '=') void process.Zoom(1);
	});

	// A link to elsewhere would replace the page, and there is no way back.
	addEventListener('click', (event) => {
		const link = event.target instanceof Element ? event.target.closest('a') : null;
		if (!link || event.defaultPrevented || link.origin === location.origin) return;
		event.preventDefault();
		open(link.href);
	});

	const ground = () => {
		const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? [];
		if (red === undefined || green === undefined || blue === undefined) return;
		desktop.WindowSetBackgroundColour(red, green, blue, 255);
		void process.Surface(red, green, blue);
		const [panel = '', raised = '', line = '', text = '', quiet = ''] = ['--surface-1', '--surface-3', '--line', '--text', '--text-3'].map(token);
		void process.Paint(panel, raised, line, text, quiet); // a menu above the page
	};
	new MutationObserver(ground).observe(document.documentElement, { attributeFilter: ['data-theme'] });
	new MutationObserver(() => void process.Speak(document.documentElement.lang.slice(0, 2))).observe(document.documentElement, { attributeFilter: ['lang'] });
}

/** A colour of the theme in force, as it is written: #rrggbb. */
const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
