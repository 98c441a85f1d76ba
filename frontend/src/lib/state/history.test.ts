import { expect, it } from 'vitest';
import type { Rest, Whole } from '$lib/api/rest';
import { History } from '$lib/state/history';
import type { Lanes } from '$lib/state/lanes.svelte';
import { isGap, Messages } from '$lib/state/messages.svelte';
import { Query } from '$lib/state/query.svelte';
import { summaries } from '$lib/state/summary';

const lanes = { limit: null, find: () => undefined } as unknown as Lanes;
const [firstMs, apartMs] = [1_763_802_000_000, 100];
const at = (seq: number) => new Date(firstMs + seq * apartMs).toISOString().replace('Z', '000000Z');
const whole = (seq: number): Whole => ({
	message: { seq, namespace: '/ws', event: 'tick', accepted_time: at(seq), emitted_time: at(seq), outcome: 'emitted', size: 1, sockets: 1, origin: { door: 'rest' } } as Whole['message'],
	payload: '1',
});

/** A list with the newest 50 of so many messages that the hub keeps. */
function list(kept: number) {
	const asks: { query: string; before: number }[] = [];
	const page = (query: string, _: string, limit: number, before: number) => {
		asks.push({ query, before });
		const upTo = Date.parse(/time<=(\S+)/.exec(query)?.[1] ?? '9999-01-01');
		const newest = Math.min(kept, before === 0 ? kept : before - 1, Math.floor((upTo - firstMs) / apartMs));
		const messages = Array.from({ length: Math.min(limit, newest) }, (_, i) => whole(newest - i));
		return Promise.resolve({ messages, before: newest > limit ? newest - limit + 1 : null });
	};
	const messages = new Messages();
	messages.fill(summaries(Array.from({ length: 50 }, (_, i) => whole(kept - i)), lanes));
	messages.commit();
	messages.pause('scroll');
	return { asks, messages, history: new History({ page } as unknown as Rest, messages, new Query(), lanes) };
}
const seqs = (messages: Messages) => messages.rows.map((e) => (isGap(e) ? e.gap : e.seq));

it('puts older messages below the oldest, without a seam, until the hub keeps none', async () => {
	const { messages, history } = list(500);
	await history.more();
	expect(seqs(messages)[0]).toBeLessThan(300);
	await history.more();
	await history.more();
	expect(seqs(messages)).toEqual(['end', ...Array.from({ length: 500 }, (_, i) => i + 1)]);
	const gaps = messages.rows.slice(2).map((e) => (isGap(e) ? null : e.gap_us));
	expect(new Set(gaps)).toEqual(new Set([100_000])); // across pages, too
});

it('asks for what the list is of', async () => {
	const { asks, messages } = list(500);
	const query = new Query();
	query.begin(query.want({ text: 'event:tick' }));
	const rest = { page: (q: string, _: string, __: number, before: number) => (asks.push({ query: q, before }), Promise.resolve({ messages: [], before: null })) };
	await new History(rest as unknown as Rest, messages, query, lanes).more();
	expect(asks).toEqual([{ query: 'event:tick', before: 481 }]); // overlapping the rows it has
});

it('forgets them when the list goes live', async () => {
	const { messages, history } = list(500);
	await history.more();
	messages.resume();
	expect(messages.rows).toHaveLength(50);
});

it('reaches back to a time', async () => {
	const { messages, history } = list(5000);
	await history.until(Date.parse(at(2000)));
	expect(history.oldest).toBeLessThanOrEqual(Date.parse(at(2000)));
	expect(messages.rows.length).toBeLessThan(4500);
});

it('goes to a time that is far back at once, and says that something is left out', async () => {
	const { asks, messages, history } = list(50_000);
	const far = Date.parse(at(20_000));
	await history.until(far);
	expect(asks.at(-1)).toEqual({ query: `time<=${new Date(far).toISOString()}`, before: 0 });
	expect(seqs(messages).filter((s) => s === 'apart')).toHaveLength(1);
});
