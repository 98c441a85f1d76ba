import { expect, it } from 'vitest';
import { Clock } from '$lib/state/clock';

const start = Date.UTC(2025, 10, 22, 9, 0, 0);

it("tells the hub's time by the frame that came quickest", () => {
	let local = 0;
	const clock = new Clock(() => local);
	for (const [made, came] of [[100, 130], [200, 205], [300, 340]] as const) {
		local = came;
		clock.hear(start + made);
	}
	expect(clock.now() - start).toBeCloseTo(340 - 5, 0);
});

it('follows a clock that was set', () => {
	const clock = new Clock(() => 0);
	clock.hear(start + 10_000);
	clock.hear(start);
	expect(clock.now()).toBe(start);
});

it('is ours before the hub has spoken', () => {
	const before = Date.now();
	expect(new Clock(() => 0).now()).toBeGreaterThanOrEqual(before);
});
