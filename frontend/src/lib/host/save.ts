import type { Host } from '$lib/host/host';
import { bound } from '$lib/host/wails';

/** What became of a file: it is there; the browser sees to it; or the reader wanted it no more. */
export type SaveEnd = 'saved' | 'begun' | 'cancelled';

/** Why a file could not be saved, for a person. */
export class SaveError extends Error {
	constructor(
		message: string,
		/** What to do about it; may be empty. */
		readonly hint: string,
	) {
		super(message);
	}
}

/**
 * Saves what the hub has at a path of its API, such as "/api/v1/messages?q=…&format=ndjson",
 * as a file. The window's process asks where and fetches it by itself; a
 * browser downloads it, for which the hub must have let it in by a cookie or
 * without. Whoever came in by a key that allows more than to view gives that
 * key: the file then passes through memory.
 */
export async function save(host: Host, path: string, name: string, key = ''): Promise<SaveEnd> {
	const process = bound();
	if (process) {
		const { done, what, hint } = await process.Save(path, name);
		if (what) throw new SaveError(what, hint);
		return done ? 'saved' : 'cancelled';
	}
	if (key === '') download(host.http + path, name);
	else {
		const answer = await fetch(host.http + path, { headers: { Authorization: `Bearer ${key}` } });
		if (!answer.ok) throw new SaveError(answer.statusText, '');
		const url = URL.createObjectURL(await answer.blob());
		download(url, name);
		URL.revokeObjectURL(url);
	}
	return 'begun';
}

function download(url: string, name: string): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
}
