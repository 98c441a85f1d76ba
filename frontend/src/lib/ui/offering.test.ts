import { expect, it, vi } from 'vitest';
import { Offering } from '$lib/ui/offering.svelte';

const key = (name: string, shiftKey = false) => ({ key: name, shiftKey }) as KeyboardEvent;

/** A field with these offers wherever its caret is, open. */
function below(offers: string[]) {
	const offering = new Offering(() => offers);
	const choose = vi.fn();
	offering.begin();
	return { offering, choose, press: (name: string, shift?: boolean) => offering.key(key(name, shift), choose) };
}

it('goes round the offers with the arrow keys', () => {
	const { offering, press } = below(['a', 'b', 'c']);
	const come = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp', 'ArrowUp'].map((name) => press(name) && offering.active);
	expect(come).toEqual([0, 1, 2, 0, 2, 1]);
	offering.begin();
	press('ArrowUp');
	expect(offering.active).toBe(2);
});

it('opens with an arrow key, and comes to nothing where nothing is offered', () => {
	const { offering, press } = below([]);
	offering.end();
	press('ArrowUp');
	expect([offering.isOpen, offering.active, press('Enter'), press('Tab')]).toEqual([true, -1, false, false]);
});

it('chooses with Enter what the keys have come to, and leaves it to the field otherwise', () => {
	const { choose, press } = below(['a', 'b']);
	expect([press('Enter'), choose.mock.calls.length]).toEqual([false, 0]);
	press('ArrowDown');
	expect([press('Enter'), choose.mock.calls]).toEqual([true, [['a']]]);
});

it('goes on with Tab as what is offered first says, and leaves with it backwards', () => {
	const { choose, press } = below(['a', 'b']);
	expect([press('Tab', true), press('Tab'), choose.mock.calls]).toEqual([false, true, [['a']]]);
});

it('offers nothing once it has ended', () => {
	const { offering } = below(['a']);
	expect(offering.offers).toEqual(['a']);
	offering.end();
	expect(offering.offers).toEqual([]);
});
