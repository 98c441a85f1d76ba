import type { Error as WireError } from '$lib/wire';

/** What the hub answered instead of what was asked for, explained to a person. */
export class ApiError extends Error {
	constructor(
		/** The HTTP status; 0 when the hub could not be reached. */
		readonly status: number,
		readonly code: string,
		message: string,
		/** What to do about it; may be empty. */
		readonly hint: string,
		/** Where in a query, in characters; null: nowhere. */
		readonly place: { at: number; length: number } | null = null,
		/** Which field of what was sent is wrong; empty: not one alone. */
		readonly field: string = '',
	) {
		super(message);
	}
}

/** Runs what the hub may refuse. Returns why it did; null: it did not. */
export async function refusedBy(task: () => Promise<unknown>): Promise<ApiError | null> {
	try {
		await task();
		return null;
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		return error;
	}
}

/** Asks one hub, and tells what it answers or refuses. */
export class Http {
	/** Sent with each request; empty: none is. It is nowhere else, and gone with the page. */
	key = '';

	constructor(private readonly origin: string) {}

	/** An answer that is JSON, decoded; see text. */
	async ask<Answer>(path: string, signal: AbortSignal | null = null, how: RequestInit = {}): Promise<Answer> {
		return JSON.parse(await this.text(path, signal, how)) as Answer;
	}

	/** The text of an answer. What changes something has no signal: leaving the screen does not take it back. */
	async text(path: string, signal: AbortSignal | null, how: RequestInit = {}): Promise<string> {
		const bearer = this.key ? { Authorization: `Bearer ${this.key}` } : {};
		const headers = { Accept: 'application/json', ...bearer, ...how.headers };
		let answer: Response;
		try {
			answer = await fetch(this.origin + path, { ...how, headers, signal });
		} catch (error) {
			if (signal?.aborted) throw error;
			throw new ApiError(0, 'unreachable', '', '');
		}
		const body = await answer.text();
		if (!answer.ok) throw refused(answer.status, body);
		return body;
	}
}

/** A request whose body is an object, as JSON. */
export function json(method: string, body: object): RequestInit {
	return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** One that hands in JSON as it is written. */
export function written(body: string): RequestInit {
	return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
}

function refused(status: number, body: string): ApiError {
	try {
		const error = JSON.parse(body) as WireError;
		const place = error.at === undefined ? null : { at: error.at, length: error.length ?? 0 };
		return new ApiError(status, error.code, error.message, error.hint ?? '', place, error.field ?? '');
	} catch {
		return new ApiError(status, 'unexpected', '', '');
	}
}
