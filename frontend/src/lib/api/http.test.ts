import { expect, it } from 'vitest';
import { ApiError, refusedBy } from '$lib/api/http';

it('gives back why the hub refused a task, and nothing where it did not', async () => {
	const no = new ApiError(429, 'queue_full', 'the lane is full', 'wait');
	expect(await refusedBy(() => Promise.reject(no))).toBe(no);
	expect(await refusedBy(() => Promise.resolve(7))).toBeNull();
});

it('passes on what is a mistake of the program', async () => {
	await expect(refusedBy(() => Promise.reject(new TypeError('x is not a function')))).rejects.toThrow(TypeError);
});
