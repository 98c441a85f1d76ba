import { open } from '$lib/host/outside';
import { bound, runtime } from '$lib/host/wails';

/** Does for the page what a browser would do around it. In a browser there is nothing to do. */
export function settleIn(): void {
	const process = bound();
	const desktop = runtime();
	if (!process || !desktop) return;

	// On macOS the menu has the key.
	addEventListener('keydown', (event) => {
		if (event.ctrlKey && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'q') desktop.Quit();
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
	};
	new MutationObserver(ground).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}
