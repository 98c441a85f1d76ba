import { afterEach, describe, expect, it } from 'vitest';
import { age, clock, clockMillis, clockNanos, dayMonth, isSameDay, moment, parseNanos, parseTime, running, stretch, zone } from '$lib/format/time';
import { allZones, isZone, ownZone, timeZone } from '$lib/format/zone.svelte';

// The tests run at UTC+05:30.
const text = '2025-11-22T09:02:07.418009140Z';

describe('a time from the wire', () => {
	it('keeps its microseconds in milliseconds', () => {
		expect(parseTime(text)).toBeCloseTo(Date.UTC(2025, 10, 22, 9, 2, 7, 418) + 0.009, 3);
	});
	it('keeps every nanosecond as a bigint', () => {
		expect(parseNanos(text)).toBe(BigInt(Date.UTC(2025, 10, 22, 9, 2, 7)) * 1_000_000n + 418_009_140n);
	});
	it('may have no fraction', () => {
		expect(parseTime('2025-11-22T09:02:07Z')).toBe(Date.UTC(2025, 10, 22, 9, 2, 7));
		expect(parseNanos('2025-11-22T09:02:07Z') % 1_000_000_000n).toBe(0n);
	});
	it("is shown in the reader's zone", () => {
		expect(clock(parseTime(text))).toBe('14:32:07');
		expect(clockMillis(parseTime(text))).toBe('14:32:07.418');
		expect(clockNanos(text)).toBe('14:32:07.418 009 140');
		expect(zone(parseTime(text))).toBe('UTC+05:30');
	});
	it('is cut, not rounded into the next second', () => {
		expect(clockMillis(Date.UTC(2025, 10, 22, 9, 2, 7, 999) + 0.999)).toBe('14:32:07.999');
	});
});

it('tells the day of what is more than a day old', () => {
	const at = parseTime(text);
	expect(moment(at, at + 86_399_000)).toBe('14:32:07');
	expect(moment(at, at + 86_400_000)).toBe('11-22 14:32');
});

it('tells a day as a language writes it, and which times share one', () => {
	const at = parseTime('2025-11-22T19:00:00Z'); // half past midnight on the 23rd
	expect([dayMonth(at, 'en'), dayMonth(at, 'zh-CN')]).toEqual(['23 Nov', '11月23日']);
	expect([isSameDay(at, at - 3_600_000), isSameDay(at, at + 3_600_000)]).toEqual([false, true]);
});

it('tells how long a stretch is in two units at most', () => {
	expect([0.25, 350, 12_400, 59_970, 288_000, 7_500_000].map(stretch)).toEqual(['0.25 ms', '350 ms', '12.4 s', '1 min 0 s', '4 min 48 s', '2 h 5 min']);
});

it('counts minutes and seconds, and hours where there are some', () => {
	expect([0, 20_999, 1_800_000, 28_800_000, -5].map(running)).toEqual(['00:00', '00:20', '30:00', '8:00:00', '00:00']);
});

describe('age', () => {
	it('is told in one unit that fits', () => {
		for (const [ms, want] of [
			[-5, '0.00 s'],
			[54, '0.05 s'],
			[4300, '4 s'],
			[99_900, '99 s'],
			[240_000, '4 min'],
			[7_300_000, '2 h'],
		] as const)
			expect(age(ms), `${ms} ms`).toBe(want);
	});
});

describe('another zone', () => {
	afterEach(() => timeZone.use(ownZone));

	it.for([
		['UTC', '09:02:07', 'UTC'],
		['Asia/Tokyo', '18:02:07', 'Tokyo UTC+09:00'],
		['America/New_York', '04:02:07', 'New York UTC−05:00'],
		['Asia/Kathmandu', '14:47:07', 'Kathmandu UTC+05:45'],
	] as const)('%s is told everywhere', ([name, time, offset]) => {
		timeZone.use(name);
		const at = parseTime(text);
		expect(clock(at)).toBe(time);
		expect(clockNanos(text)).toBe(`${time}.418 009 140`);
		expect(zone(at)).toBe(offset);
	});

	it('changes its clocks in the second in which they are changed', () => {
		timeZone.use('Europe/Berlin');
		const change = Date.UTC(2025, 9, 26, 1, 0, 0);
		expect([clock(change - 1000), clock(change)]).toEqual(['02:59:59', '02:00:00']);
		expect(moment(Date.UTC(2025, 11, 31, 23, 30), Date.UTC(2026, 1, 1))).toBe('01-01 00:30');
	});

	it('is one that the browser knows', () => {
		timeZone.use('Mars/Olympus');
		expect(timeZone.name).toBe(ownZone);
		expect(isZone('Europe/Berlin') && !isZone('nonsense')).toBe(true);
		expect(allZones()[0]).toBe('UTC');
	});
});
