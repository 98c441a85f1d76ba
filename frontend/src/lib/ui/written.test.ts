import { expect, it, vi } from 'vitest';
import { Written } from '$lib/ui/written.svelte';

const key = (name: string) => ({ key: name, preventDefault: vi.fn(), stopPropagation: vi.fn() }) as unknown as KeyboardEvent;

/** A field with a value, which takes whole numbers. */
function open() {
	const of = { value: '10', taken: [] as string[] };
	const field = new Written(() => of.value, (text) => /^\d+$/.test(text) && of.taken.push(text) > 0);
	return { of, field };
}

it('keeps what is being written while another value comes', () => {
	const { of, field } = open();
	of.value = '11';
	expect(field.text).toBe('11');
	field.write('2');
	of.value = '12';
	expect(field.text).toBe('2');
});

it('takes what is entered, and shows the value again', () => {
	const { of, field } = open();
	field.write(' 25 ');
	field.keydown(key('Enter'));
	field.enter(); // by leaving the field
	expect([of.taken, field.text, field.wrong]).toEqual([['25'], '10', false]);
});

it('leaves what makes no sense to be mended, and says so', () => {
	const { of, field } = open();
	field.write('soon');
	field.enter();
	expect([of.taken, field.text, field.wrong]).toEqual([[], 'soon', true]);
	field.write('5');
	field.enter();
	expect([of.taken, field.wrong]).toEqual([['5'], false]);
});

it('enters nothing that is as it was', () => {
	const { of, field } = open();
	field.write('10');
	field.enter();
	expect(of.taken).toEqual([]);
});

it('gives the value back by Escape, which else is for others', () => {
	const { field } = open();
	field.write('soon');
	field.enter();
	const used = key('Escape');
	field.keydown(used);
	expect([field.text, field.wrong]).toEqual(['10', false]);
	expect(used.stopPropagation).toHaveBeenCalled();
	const free = key('Escape');
	field.keydown(free);
	expect(free.preventDefault).not.toHaveBeenCalled();
});
