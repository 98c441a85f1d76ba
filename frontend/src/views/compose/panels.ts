import type { Component } from 'svelte';
import type { Hub } from '$lib/state/hub.svelte';
import type { PanelName } from '$lib/state/compose.svelte';
import type { Themes } from '$lib/state/theme.svelte';

/** Loads one part of a panel: a component with a head and a body of its own. */
type Part = () => Promise<{ default: Component<{ hub: Hub; themes: Themes }> }>;

/** What stands beside the message being written, a panel at a time: its parts, one below the other. */
export const panels: { readonly [name in PanelName]: readonly Part[] } = {
	traffic: [() => import('./rules/Rules.svelte'), () => import('./simulator/Simulators.svelte')],
	faults: [() => import('./faults/Faults.svelte')],
	experiment: [() => import('./experiment/Experiment.svelte')],
	answers: [() => import('./answers/Answers.svelte')],
};
