import { expect, it } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import type { Rule } from '$lib/wire';
import { freeName, moved, newRule, partsOf, Rules } from './rules.svelte';

const rule = (name: string): Rule => ({ ...newRule(), name, event: 'start', source: 'saved', hits: 0, per_second: 0, waiting: 0, errors: 0 });

it('names a rule by what it hears, unlike the others', () => {
	const start = { ...newRule(), event: 'start', namespace: '/ws/jobs' };
	expect(freeName(start, [])).toBe('start on /ws/jobs');
	expect(freeName(start, [rule('start on /ws/jobs'), rule('start on /ws/jobs 2')])).toBe('start on /ws/jobs 3');
	expect(freeName({ ...start, event: 'x'.repeat(128) }, []).length).toBeLessThanOrEqual(64);
});

it('says of a rule what can be said again, and nothing it has counted', () => {
	expect(partsOf(rule('r'))).toEqual({ ...newRule(), event: 'start' });
});

it('has the hub’s list after a change, and keeps it with the reason after a refusal', async () => {
	const refused = new ApiError(400, 'invalid_rule', 'no', 'mend it', null, 'event');
	let refuse = false;
	const rest = {
		saveRule: () => (refuse ? Promise.reject(refused) : Promise.resolve(rule('a'))),
		rules: () => Promise.resolve([rule('a')]),
	} as unknown as Rest;
	const rules = new Rules(rest);
	expect(await rules.save('a', newRule())).toBe(true);
	expect(rules.all?.map((r) => r.name)).toEqual(['a']);
	refuse = true;
	expect(await rules.save('b', newRule())).toBe(false);
	expect([rules.refusal?.field, rules.all?.length]).toEqual(['event', 1]);
});

it('moves a saved rule past the next saved one, and no further than the ends', () => {
	const all = [{ ...rule('built'), source: 'built_in' as const }, rule('a'), rule('b'), rule('c')];
	expect(moved(all, 'b', -1)).toEqual(['b', 'a', 'c']);
	expect(moved(all, 'b', 1)).toEqual(['a', 'c', 'b']);
	expect([moved(all, 'a', -1), moved(all, 'c', 1), moved(all, 'built', 1)]).toEqual([null, null, null]);
});
