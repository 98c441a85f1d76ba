import { expect, it } from 'vitest';
import type { Alert } from '$lib/wire';
import { alertOf, conditions, draftOf, isOfStream, unreadable, withCondition } from './draft';

it('asks for what an alert is when nothing is changed', () => {
	const alert: Alert = { name: 'A', on: true, when: 'shape', namespace: '/m', event: 'tick', limit: 3, clear: 0, hold: '0s', clear_hold: '30s', learn: 50, webhook: 'https://a/b', keep: true };
	const { name: _, ...definition } = alert;
	expect(alertOf(draftOf(alert), true)).toEqual(definition);
});

it('leaves what is empty to the hub', () => {
	const asked = alertOf({ ...draftOf(null), name: 'A', namespace: ' /m ' }, true);
	expect(JSON.parse(JSON.stringify(asked))).toEqual({ on: true, when: 'silence', namespace: '/m', limit: 10, keep: false });
});

it('begins anew with another condition, but for where', () => {
	const silence = { ...draftOf(null), namespace: '/m', event: 'tick', hold: '3s' };
	expect(withCondition(silence, 'queue')).toMatchObject({ namespace: '/m', event: '', limit: '80', hold: '' });
	expect(withCondition(silence, 'lagging')).toMatchObject({ namespace: '', limit: '1' });
	expect(withCondition(silence, 'shape')).toMatchObject({ namespace: '/m', event: 'tick', limit: '3' });
});

it('names what cannot be read', () => {
	const draft = { ...draftOf(null), name: ' ', limit: 'much', clear: 'x', hold: '5', clearHold: 'soon', learn: '1.5' };
	expect(unreadable(draft)).toEqual({ name: 'name', limit: 'number', clear: 'number', hold: 'time', clear_hold: 'time', learn: 'number' });
	expect(unreadable({ ...draft, name: 'A', limit: '0,5', clear: '', hold: '1m30s', clearHold: '500ms', learn: '20' })).toEqual({});
});

it('knows of each condition whether it is about a stream', () => {
	expect(conditions.filter(isOfStream)).toEqual(['silence', 'rate_below', 'rate_above', 'shape']);
});
