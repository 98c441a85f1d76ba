import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Painter } from '$lib/state/painter';
import { Rhythm } from '$lib/state/rhythm';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A list that always has new rows, and what was painted: L the list, r the readings, one letter a frame. */
function painted(flooding: boolean, paused = false) {
	let said = '';
	const bands = { left: 0, get trailing() { return this.left > 0; }, follow() { if (this.left-- > 0) said += 'b'; else this.left = 0; } };
	const commit = () => {
		said += 'L';
		if (flooding) bands.left = 3;
	};
	const list = { waiting: true, flooding, paused, bands, tellFlood: () => {}, commit };
	const paints = (paint: () => void) => new Painter(paint, (frame) => Number(setTimeout(() => ((said += ' '), frame()), 16)), (id) => clearTimeout(id));
	const rhythm = new Rhythm(list, () => void (said += 'r'), paints);
	const come = setInterval(() => rhythm.hear(), 50);
	return {
		list,
		stop: () => (clearInterval(come), rhythm.stop()),
		said: () => said,
	};
}

const times = (text: string, letter: string) => text.split(letter).length - 1;

test('paints the list ten times a second at most and the readings four, never both in one frame', () => {
	const { said, stop } = painted(false);
	vi.advanceTimersByTime(10_000);
	stop();
	expect(times(said(), 'L')).toBeGreaterThan(70);
	expect(times(said(), 'L')).toBeLessThanOrEqual(101);
	expect(times(said(), 'r')).toBeGreaterThan(30);
	expect(times(said(), 'r')).toBeLessThanOrEqual(41);
	expect(said()).not.toMatch(/Lr|rL/);
});

test('paints the list of a flood four times a second at most', () => {
	const { said, stop } = painted(true);
	vi.advanceTimersByTime(10_000);
	stop();
	expect(times(said(), 'L')).toBeLessThanOrEqual(41);
});

test('draws each band of it in a frame of its own, and all of them before it changes again', () => {
	const { said, stop } = painted(true);
	vi.advanceTimersByTime(10_000);
	stop();
	expect(said()).not.toMatch(/[Lrb]{2}/);
	const changes = said().replace(/[ r]/g, '').split('L').slice(1, -1);
	expect(changes.length).toBeGreaterThan(30);
	expect(changes.every((bands) => bands === 'bbb')).toBe(true);
});

test('counts what is new for a list that is held', () => {
	const { said, list, stop } = painted(false, true);
	list.waiting = false;
	vi.advanceTimersByTime(1000);
	stop();
	expect(said()).toMatch(/rL/);
});

test('paints nothing once it is stopped', () => {
	const { said, stop } = painted(false);
	vi.advanceTimersByTime(1000);
	stop();
	const before = said();
	vi.advanceTimersByTime(1000);
	expect(said()).toBe(before);
});
