import { expect, it } from 'vitest';
import { isLate } from '$lib/state/summary';
import type { Message } from '$lib/wire';

const emit = (more: Partial<Message>): Message => ({
	id: '', seq: 1, namespace: '/m', event: 'tick', data: 1, origin: { door: 'rest' }, outcome: 'emitted', size: 1, sockets: 1, accepted_time: '', ...more,
});
const limit = { floorUs: 500, share: 0.05 };

it('is late over the larger of both limits, by the pace that its lane had', () => {
	expect(isLate(emit({ lateness: '600µs' }), limit)).toBe(true);
	expect(isLate(emit({ lateness: '600µs', period: '100ms' }), limit)).toBe(false);
	expect(isLate(emit({ lateness: '5.1ms', period: '100ms' }), limit)).toBe(true);
});

it('is not late where it has no place in the schedule, or nobody knows the limit', () => {
	expect(isLate(emit({ lateness: '1s', to: 'one' }), limit)).toBe(false);
	expect(isLate(emit({ outcome: 'dropped' }), limit)).toBe(false);
	expect(isLate(emit({ lateness: '1s' }), null)).toBe(false);
});
