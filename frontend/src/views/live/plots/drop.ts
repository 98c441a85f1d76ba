import type { Attachment } from 'svelte/attachments';
import type { Chart, SeriesOf } from '$lib/state/plot.svelte';
import type { Plots } from '$lib/state/plots.svelte';
import { draggedNumber, draggedSeries } from './dragged';

/** Plots what is dropped on an element, on a chart or, for null, on one of its own. */
export function takesSeries(plots: Plots, chart: () => Chart | null, onover: (over: boolean) => void): Attachment<HTMLElement> {
	return (element) => {
		const over = (event: DragEvent) => {
			if (!event.dataTransfer?.types.some((t) => t === draggedNumber || t === draggedSeries)) return;
			event.preventDefault();
			onover(true);
		};
		const leave = (event: DragEvent) => {
			if (!(event.relatedTarget instanceof Node) || !element.contains(event.relatedTarget)) onover(false);
		};
		const drop = (event: DragEvent) => {
			event.preventDefault();
			onover(false);
			const number = event.dataTransfer?.getData(draggedNumber);
			if (number) plots.pin(JSON.parse(number) as SeriesOf, chart());
			const id = Number(event.dataTransfer?.getData(draggedSeries));
			const series = plots.series.find((s) => s.id === id);
			if (series) plots.move(series, chart());
		};
		element.addEventListener('dragover', over);
		element.addEventListener('dragleave', leave);
		element.addEventListener('drop', drop);
		return () => {
			element.removeEventListener('dragover', over);
			element.removeEventListener('dragleave', leave);
			element.removeEventListener('drop', drop);
		};
	};
}
