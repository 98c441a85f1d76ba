import { expect, it } from 'vitest';
import { ApiError } from '$lib/api/http';
import { Fresh } from '$lib/state/fresh';

/** A promise, and how to keep it. */
function later(): { promise: Promise<string>; come: (value: string) => void } {
	let come: (value: string) => void = () => {};
	const promise = new Promise<string>((resolve) => (come = resolve));
	return { promise, come };
}

it('takes an answer when nothing was changed since the question', async () => {
	let taken = '';
	const fresh = new Fresh();
	expect(await fresh.ask(() => Promise.resolve('now'), (answer) => (taken = answer))).toBe(true);
	expect(taken).toBe('now');
});

it('takes no answer to a question from before a change, or from while it was under way', async () => {
	const fresh = new Fresh();
	const taken: string[] = [];
	const [before, during, changed] = [later(), later(), later()];
	const asks = [fresh.ask(() => before.promise, (answer) => taken.push(answer))];
	const change = fresh.change(() => changed.promise);
	asks.push(fresh.ask(() => during.promise, (answer) => taken.push(answer)));
	changed.come('');
	await change;
	before.come('before');
	during.come('during');
	expect(await Promise.all(asks)).toEqual([false, false]);
	expect(taken).toEqual([]);
});

it('says why a change was refused', async () => {
	const no = new ApiError(400, 'invalid', 'no', '');
	const fresh = new Fresh();
	expect(await fresh.change(() => Promise.reject(no))).toBe(no);
	expect(await fresh.change(() => Promise.resolve())).toBeNull();
});
