import { describe, expect, it } from 'vitest';
import { bytes, bytesToWrite, count, gapMillis, microsText, parseBytes, parseDuration, parseNumber, perSecond, period, rate, shortCount, signedMillis } from '$lib/format/number';

describe('numbers', () => {
	it('counts are grouped and rates have one decimal', () => {
		expect(count(48310)).toBe('48,310');
		expect(perSecond(1274)).toBe('1,274.0');
	});
	it('counts from ten thousand on can be told in fewer digits', () => {
		expect([0, 9999, 10_000, 15_000, 48_310, 999_999, 1_200_000].map(shortCount)).toEqual(['0', '9,999', '10k', '15k', '48.3k', '1M', '1.2M']);
	});
	it('a rate that was asked for is as exact as it was', () => {
		expect([0.5, 100 / 3, 100, 1200].map(rate)).toEqual(['0.5', '33.33', '100', '1,200']);
	});
	it('sizes go to the next unit at 1024', () => {
		expect([0, 1023, 1024, 1536, 1 << 20, 2 ** 30].map(bytes)).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 KiB', '1.0 MiB', '1.0 GiB']);
	});
	it('sizes are read as people write them', () => {
		for (const [text, want] of [
			['64', 64 * 1024 ** 2],
			['64 MiB', 64 * 1024 ** 2],
			['64mb', 64e6],
			['1 GB', 1e9],
			[' 1.5 GiB ', 1.5 * 1024 ** 3],
			['512 B', 512],
		] as const)
			expect(parseBytes(text), text).toBe(want);
		for (const text of ['', 'MiB', '64 ib', '-1', '1,5 MiB', '64 MiB/s']) expect(parseBytes(text), text).toBeNaN();
	});
	it('sizes are shown so that they read the same', () => {
		for (const [n, want] of [[64 * 1024 ** 2, '64 MiB'], [1.5 * 1024 ** 3, '1.5 GiB'], [1e9, '1 GB'], [1234567, '1234567 B'], [1536, '1.5 KiB'], [12, '12 B']] as const) {
			expect(bytesToWrite(n)).toBe(want);
			expect(parseBytes(want)).toBe(n);
		}
	});
	it('durations have about three digits at every size', () => {
		for (const [us, want] of [
			[0, '0.0 µs'],
			[0.5, '0.5 µs'],
			[0.99, '1 µs'],
			[18.2, '18 µs'],
			[99.4, '99 µs'],
			[99.6, '0.10 ms'],
			[840, '0.84 ms'],
			[12_630, '12.63 ms'],
			[123_456, '123 ms'],
			[999_600, '1.00 s'],
			[2_200_000, '2.20 s'],
			[3_600_000_000, '3,600 s'],
		] as const)
			expect(microsText(us), `${us} µs`).toBe(want);
	});
	it('differences carry their sign', () => {
		expect(signedMillis(9_140n)).toBe('+0.009 ms');
		expect(signedMillis(-10_785_098n)).toBe('−10.785 ms');
		expect(signedMillis(90_000_000_000n)).toBe('+90.0 s');
	});
	it("Go's durations are read in microseconds", () => {
		for (const [text, want] of [
			['18.2µs', 18.2],
			['840us', 840],
			['350ns', 0.35],
			['12.5ms', 12_500],
			['1m2.5s', 62_500_000],
			['2h0m0s', 7_200_000_000],
			['-1ms', -1000],
			['0s', 0],
		] as const)
			expect(parseDuration(text), text).toBeCloseTo(want, 6);
		expect(parseDuration('soon')).toBeNaN();
	});
	it('periods drop the zeros they do not need', () => {
		expect([10_000, 1_000_000, 33_333.333, 500].map(period)).toEqual(['10 ms', '1 s', '33.333 ms', '500 µs']);
	});
});

it('tells the time between two emits in ms, and from 10 s on in s', () => {
	expect([9990, 0, 9_999_990, 12_340_000, 3.6e9].map(gapMillis)).toEqual(['+9.99', '+0.00', '+9999.99', '+12.3 s', '+3,600 s']);
});

it('reads a number with a point or a comma, and nothing else', () => {
	expect(['2.5', ' 2,5 ', '.5', '-3', '10'].map(parseNumber)).toEqual([2.5, 2.5, 0.5, -3, 10]);
	for (const text of ['', ' ', 'soon', '1,000.5', '1 ms', '0x10', 'Infinity', '.']) expect(parseNumber(text), text).toBeNaN();
});
