import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Http } from '$lib/api/http';
import { TapeApi } from '$lib/api/tape';
import { Reel } from '$lib/state/reel.svelte';
import type { Recording, Timeline } from '$lib/wire';

const begin = Date.UTC(2026, 10, 30, 14);
const at = (ms: number) => new Date(begin + ms).toISOString();
const recording = (more: Partial<Recording> = {}): Recording => ({
	name: 'r', state: 'ended', began: at(0), first_time: at(0), last_time: at(60_000), messages: 10, payload_bytes: 1, dropped: 0, file_bytes: 1, late_floor_us: 500, late_share: 0.05, ...more,
});
const told = (from: string, to: string): Timeline => ({ from, to, step_us: 1000, streams: [], late: [], lost: [] });

const api = new TapeApi(new Http('http://hub'));
let reel: Reel;
beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(api, 'timeline').mockImplementation(async (_, span) => (span ? told(new Date(span.from).toISOString(), new Date(span.to).toISOString()) : told(at(0), at(60_000))));
	vi.spyOn(api, 'bookmarks').mockResolvedValue([]);
	reel = new Reel(api);
});
afterEach(() => {
	reel.leave();
	vi.useRealTimers();
	vi.restoreAllMocks();
});

it('asks for all of it, and again only when there is more', async () => {
	reel.show(recording(), 100);
	await vi.runAllTimersAsync();
	reel.show(recording(), 100);
	await vi.runAllTimersAsync();
	expect(api.timeline).toHaveBeenCalledTimes(1);
	reel.show(recording({ messages: 11 }), 100);
	await vi.runAllTimersAsync();
	expect(api.timeline).toHaveBeenCalledTimes(2);
	expect(reel.view).toEqual({ from: begin, to: begin + 60_000 });
});

it('looks closer around a time, and asks for that part once nobody turns the wheel any more', async () => {
	reel.show(recording(), 100);
	await vi.runAllTimersAsync();
	reel.scale(0.5, begin + 15_000);
	reel.scale(0.5, begin + 15_000);
	await vi.runAllTimersAsync();
	expect(reel.view).toEqual({ from: begin + 11_250, to: begin + 26_250 });
	expect(reel.part?.from).toBe(begin + 11_250);
	expect(api.timeline).toHaveBeenCalledTimes(2);
});

it('never looks beyond its ends, and at all of it when it is far enough away', () => {
	reel.show(recording(), 100);
	reel.look({ from: begin - 9000, to: begin + 1000 });
	expect(reel.view).toEqual({ from: begin, to: begin + 10_000 });
	reel.scale(100, begin);
	expect(reel.zoom).toBeNull();
});

it('brings a time into sight that is not', () => {
	reel.show(recording(), 100);
	reel.look({ from: begin, to: begin + 10_000 });
	reel.go(begin + 30_000);
	expect(reel.cursor).toBe(begin + 30_000);
	expect(reel.view).toEqual({ from: begin + 25_000, to: begin + 35_000 });
});

it('keeps a span within the recording', () => {
	reel.show(recording(), 100);
	expect(reel.span(begin + 5000, begin - 5000)).toEqual({ recording: 'r', from: begin, to: begin + 5000 });
});
