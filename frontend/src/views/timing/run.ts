import { mostDots, type Run } from '$lib/state/comparison.svelte';
import { MISSED } from '$lib/state/emits';
import { type MeasureName, measures } from '$lib/state/measures';
import type { Scene } from './scene.svelte';

/** What is in sight now, to be kept for comparison. */
export function runOf(scene: Scene, name: string): Run {
	const counts = Object.fromEntries(measures.map((m) => [m, scene.countsOf(m).counts])) as Record<MeasureName, Float64Array>;
	const { from, to } = scene.window();
	const { shown, namespace } = scene.timeline;
	const dots: number[] = [];
	const first = Math.max(from, to - 60_000);
	shown.emits.within(namespace, first, to, (at, us, kind) => {
		if (kind !== MISSED && dots.length < 2 * mostDots) dots.push((at - first) / (to - first), us);
	});
	return { name, at: to, counts, periodUs: scene.periodUs, dots: Float64Array.from(dots) };
}
