import { expect, it } from 'vitest';
import { newRule } from '$lib/state/rules.svelte';
import { meant, written, wrongIn } from './written';

const rule = { ...newRule(), event: 'start', reply: 'started' };

it('means the rule that was read', () => {
	const last = { ...rule, act: 'broadcast' as const, rooms: ['a', 'b'], data: '', last: 5, last_of: 'tick', probability: 0.07 };
	for (const one of [rule, last]) expect(meant(written(one))).toEqual(one);
});

it.for(['', 'half', '-1', '1e2', '101', '.'])('takes %j for no chance', (chance) => {
	expect([...wrongIn({ ...written(rule), chance })]).toEqual(['chance']);
});

it.for(['0', '12,5', '100'])('takes %j for a chance', (chance) => {
	expect([...wrongIn({ ...written(rule), chance })]).toEqual([]);
});

it.for(['', '0', '1.5', 'x'])('takes %j for no number of messages, where those are wanted', (last) => {
	expect([...wrongIn({ ...written(rule), what: 'last', last })]).toEqual(['last']);
	expect([...wrongIn({ ...written(rule), what: 'data', last })]).toEqual([]);
});

it('leaves out what an act has no use for', () => {
	const said = { ...written({ ...rule, act: 'ack' }), rooms: 'a' };
	expect(meant(said)).toMatchObject({ reply: '', rooms: [], last: 0 });
});
