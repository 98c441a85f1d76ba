import { expect, it, vi } from 'vitest';
import { Painter } from '$lib/state/painter';

/** An animation frame that comes when the test says so. */
function screen() {
	const waiting = new Map<number, () => void>();
	let id = 0;
	return {
		request: (callback: () => void) => {
			waiting.set(++id, callback);
			return id;
		},
		cancel: (which: number) => void waiting.delete(which),
		refresh: () => {
			const all = [...waiting.values()];
			waiting.clear();
			for (const callback of all) callback();
		},
	};
}

it('paints once for each animation frame, however often it is asked', () => {
	const paint = vi.fn();
	const display = screen();
	const painter = new Painter(paint, display.request, display.cancel);
	for (let i = 0; i < 20; i++) painter.ask();
	expect(paint).toHaveBeenCalledTimes(0);
	display.refresh();
	display.refresh();
	expect(paint).toHaveBeenCalledTimes(1);
	painter.ask();
	display.refresh();
	expect(paint).toHaveBeenCalledTimes(2);
});

it('does not paint after it was stopped, and can begin again', () => {
	const paint = vi.fn();
	const display = screen();
	const painter = new Painter(paint, display.request, display.cancel);
	painter.ask();
	painter.stop();
	display.refresh();
	expect(paint).toHaveBeenCalledTimes(0);
	painter.ask();
	display.refresh();
	expect(paint).toHaveBeenCalledTimes(1);
});
