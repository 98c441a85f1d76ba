import { describe, expect, it } from 'vitest';
import type { Message } from '$lib/wire';
import { language } from '$messages';
import { onLateScale } from './latescale';
import { reason } from './reason';
import { inAll, stages } from './times';

describe('the lateness bar', () => {
	it('goes from 1 µs to 10 ms by decades, and no further', () => {
		expect([0, 1, 10, 100, 10_000, 1e9].map((us) => Number(onLateScale(us)))).toEqual([0, 0, 0.25, 0.5, 1, 1]);
	});
});

describe('the four times', () => {
	const message = {
		source_time: '2025-11-22T09:02:07.405372118Z',
		accepted_time: '2025-11-22T09:02:07.407214902Z',
		due_time: '2025-11-22T09:02:07.418000000Z',
		emitted_time: '2025-11-22T09:02:07.418009140Z',
	} as Message;

	it('are told with the step from one to the next', () => {
		expect(stages(message).map((s) => s.since)).toEqual(['', '+1.843 ms', '+10.785 ms', '+0.009 ms']);
		expect(inAll(message)).toBe('12.637 ms');
	});
	it('may lack the ones that never were', () => {
		const { source_time: _, emitted_time: __, ...dropped } = message;
		expect(stages(dropped as Message).map((s) => [s.at === null, s.since])).toEqual([
			[true, ''],
			[false, ''],
			[false, '+10.785 ms'],
			[true, ''],
		]);
	});
	it('draw no step backwards when the clocks of two machines differ', () => {
		const early = { ...message, source_time: '2025-11-22T09:02:08.000000000Z' };
		expect(stages(early)[1]).toMatchObject({ since: '−592.785 ms', sinceMs: 0 });
	});
});

it('gives a reason that it does not know as it is', () => {
	expect(reason(language.words, 'oldest')).toBe('lane full');
	expect(reason(language.words, 'eclipse')).toBe('eclipse');
});
