import { describe, expect, it } from 'vitest';
import type { Message } from '$lib/wire';
import { language } from '$messages';
import { reason } from './reason';
import { inAll, stages } from './times';
import { textWidth, waterfall } from './waterfall';

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
	it('tell the day where it is another one', () => {
		const old = { ...message, source_time: '2019-03-04T09:02:07.405372118Z' };
		expect(stages(old).map((s) => s.day)).toEqual(['2019-03-04', '', '', '']);
		expect(stages(old)[1]?.since).toBe('+2,455 d');
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

describe('the waterfall', () => {
	const message = {
		source_time: '2025-11-22T09:02:07.400000000Z',
		accepted_time: '2025-11-22T09:02:07.401000000Z',
		due_time: '2025-11-22T09:02:07.409990000Z',
		emitted_time: '2025-11-22T09:02:07.410000000Z',
	} as Message;
	const draw = (m: Message) => waterfall(stages(m), 300, (name) => ({ text: `about ${name}`, took: '1 ms' }), (name) => name);

	it('begins each step where the one before it ends, and none leaves the picture', () => {
		const { steps } = draw(message);
		expect(steps.map((s) => [s.name, Math.round(s.x), Math.round(s.width)])).toEqual([
			['accepted', 0, 30],
			['due', 30, 270],
			['emitted', 298, 3],
		]);
		for (const { label } of steps) expect(label.x + (label.atEnd ? 0 : textWidth(label.text))).toBeLessThanOrEqual(300);
	});

	it('breaks a step of years, and leaves the others their room', () => {
		const { steps } = draw({ ...message, source_time: '2019-03-04T09:02:07.400000000Z' });
		expect(steps.map((s) => [s.name, Math.round(s.x), Math.round(s.width), s.broken])).toEqual([
			['accepted', 0, 90, true],
			['due', 90, 210, false],
			['emitted', 298, 3, false],
		]);
	});

	it('tells times together that are too near to be told apart', () => {
		expect(draw(message).marks.map((m) => m.text)).toEqual(['source, accepted', 'due, emitted']);
	});

	it('has no step to a time that never was, and no picture of one time alone', () => {
		const { due_time: _, emitted_time: __, ...received } = message;
		expect(draw(received as Message).steps.map((s) => s.name)).toEqual(['accepted']);
		const { source_time: ___, ...alone } = received;
		expect(draw(alone as Message)).toEqual({ steps: [], marks: [] });
	});
});
