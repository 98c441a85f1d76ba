import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './styles/index.css';
import { chosenTheme, showTheme } from '$lib/host/theme';

// The interface takes longer to run than its frame takes to be painted, so the
// frame comes first, in the reader's colours.
showTheme(chosenTheme());

/** A page that nobody sees is not painted, and must come up all the same. */
const patienceMs = 100;
const painted = Promise.race([
	new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
	new Promise((resolve) => setTimeout(resolve, patienceMs)),
]);
// Not awaited: what comes imports from here, and would wait for this to end.
void painted.then(() => import('./main'));
