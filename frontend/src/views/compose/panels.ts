import type { Component } from 'svelte';
import type { Hub } from '$lib/state/hub.svelte';
import type { PanelName } from '$lib/state/compose.svelte';
import type { Themes } from '$lib/state/theme.svelte';

/** What each part of a panel is given. */
export type PanelProps = { hub: Hub; themes: Themes };

/** Loads one part of a panel: a component with a head and a body of its own. */
type Part = () => Promise<{ default: Component<PanelProps> }>;

/**
 * What stands beside the message being written, a panel at a time. A panel is
 * its parts, one below the other; one that has none here is not offered.
 */
export const panels: { readonly [name in PanelName]?: readonly Part[] } = {
	traffic: [() => import('./rules/Rules.svelte'), () => import('./simulator/Simulators.svelte')],
	faults: [() => import('./faults/Faults.svelte')],
	experiment: [() => import('./experiment/Experiment.svelte')],
	answers: [() => import('./answers/Answers.svelte')],
};
