import { afterEach, describe, expect, it } from 'vitest';
import { age, clock, clockMillis, clockNanos, moment, parseNanos, parseTime, zone } from '$lib/format/time';
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
