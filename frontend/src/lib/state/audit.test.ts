import { beforeEach, expect, it } from 'vitest';
import { ApiError } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Audit } from '$lib/state/audit.svelte';
import type { AuditEntry, AuditPage } from '$lib/wire';

const entry = (id: number, kind = 'connected', count = 1): AuditEntry => ({ id, kind, count, time: '2026-01-01T00:00:00Z' });
/** Entries from one id down to another. */
const page = (from: number, to: number, before?: number): AuditPage => ({
	entries: Array.from({ length: from - to + 1 }, (_, i) => entry(from - i)),
	...(before ? { before } : {}),
});

let answers: (AuditPage | ApiError)[];
let asked: number[];
let audit: Audit;
beforeEach(() => {
	answers = [];
	asked = [];
	audit = new Audit({
		audit: (before: number) => {
			asked.push(before);
			const answer = answers.shift();
			return answer && !(answer instanceof ApiError) ? Promise.resolve(answer) : Promise.reject(answer);
		},
	} as unknown as Rest);
});
const ids = () => audit.entries.map((e) => e.id);

it('puts older pages behind the newest', async () => {
	audit.take(page(9, 7, 7));
	answers = [page(6, 4, 4), page(3, 1)];
	await audit.older();
	expect(audit.more).toBe(true);
	await audit.older();
	expect(ids()).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
	expect(asked).toEqual([7, 4]);
	expect(audit.more).toBe(false);
	await audit.older();
	expect(asked).toEqual([7, 4]);
});

it('keeps what was read of older pages when new entries come', async () => {
	audit.take(page(6, 4, 4));
	answers = [page(3, 1)];
	await audit.older();
	audit.take(page(8, 6, 6));
	expect(ids()).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
	expect(audit.more).toBe(false);
});

it('shows how often something has been done by now', () => {
	audit.take({ entries: [entry(2), entry(1, 'refused', 3)] });
	audit.take({ entries: [entry(2), entry(1, 'refused', 4)] });
	expect(audit.entries.at(-1)?.count).toBe(4);
});

it('begins anew where entries were passed over, so that there is no hole', () => {
	audit.take(page(3, 1));
	audit.take(page(9, 6, 6));
	expect(ids()).toEqual([9, 8, 7, 6]);
	expect(audit.more).toBe(true);
});

it('begins anew with each start of the hub', () => {
	audit.take(page(9, 6, 6));
	audit.take(page(2, 1));
	expect(ids()).toEqual([2, 1]);
	expect(audit.more).toBe(false);
});

it('narrows the list to refusals, changes or connections', () => {
	audit.take({ entries: [entry(4, 'key_made'), entry(3, 'refused'), entry(2, 'connected'), entry(1, 'lane_changed')] });
	const shown = (kind: Audit['kind']) => {
		audit.kind = kind;
		return audit.shown.map((e) => e.id);
	};
	expect([shown('all'), shown('refused'), shown('changes'), shown('connections')]).toEqual([[4, 3, 2, 1], [3], [4, 1], [2]]);
});

it('says why the hub does not tell, until it does', async () => {
	audit.take(page(9, 7, 7));
	answers = [new ApiError(403, 'forbidden', 'this needs the scope admin', ''), page(6, 4)];
	await audit.older();
	expect(audit.trouble?.message).toBe('this needs the scope admin');
	await audit.older();
	expect(audit.trouble).toBeNull();
	expect(ids()).toEqual([9, 8, 7, 6, 5, 4]);
});

it('lists the limits that were reached first', () => {
	const limit = (name: string, reached: number) => ({ name, value: '1', about: '', reached });
	audit.takeLimits([limit('a', 0), limit('b', 2), limit('c', 0), limit('d', 1)]);
	expect(audit.limits.map((l) => l.name)).toEqual(['b', 'd', 'a', 'c']);
});
