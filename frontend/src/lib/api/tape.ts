import { type Http, json } from '$lib/api/http';
import { type Whole, whole } from '$lib/api/rest';
import { wireMicros } from '$lib/format/time';
import { elements, members } from '$lib/json/scan';
import type { Span } from '$lib/state/recordings.svelte';
import type { Bookmark, BookmarkList, NewBookmark, NewReplay, Recording, RecordedPage, RecordingPatch, Replay, ReplayPatch, SpanComparison, Timeline } from '$lib/wire';

/** What can be saved of a recording, by the name of its format, and how its file's name ends. */
export const formats = { ndjson: 'ndjson', csv: 'csv', parquet: 'parquet', mcap: 'mcap', html: 'html', emitscope: 'emitscope' } as const;
export type FormatName = keyof typeof formats;

/** Those of them that have columns of their own for parts of a payload. */
export const withColumns: readonly FormatName[] = ['csv', 'parquet'];

/** What of a recording is exported. */
export interface ExportAsk {
	format: FormatName;
	query: string;
	/** Only this part; null: all of it. */
	span: Pick<Span, 'from' | 'to'> | null;
	/** JSON pointers whose values are columns of a table. */
	columns: string;
}

/** How a file becomes a recording. */
export interface ImportAsk {
	name: string;
	/** What each line of a file of something else is; empty: the file says it. */
	event: string;
	/** Of messages that name none; empty: the hub's usual one. */
	namespace: string;
}

/** The REST API of recordings, beyond what every page needs. */
export class TapeApi {
	constructor(private readonly http: Http) {}

	/** The key that the hub is shown; empty: none. */
	get key(): string {
		return this.http.key;
	}

	/** How many messages a recording has, step by step; span null: all of it. */
	timeline(name: string, span: Pick<Span, 'from' | 'to'> | null, steps: number, signal: AbortSignal): Promise<Timeline> {
		const ask = new URLSearchParams({ steps: String(steps), ...(span ? { from: wireMicros(span.from), to: wireMicros(span.to) } : {}) });
		return this.http.ask<Timeline>(`${path(name)}/timeline?${ask}`, signal);
	}

	async bookmarks(name: string): Promise<Bookmark[]> {
		return (await this.http.ask<BookmarkList>(`${path(name)}/bookmarks`)).bookmarks;
	}

	addBookmark(name: string, bookmark: NewBookmark): Promise<Bookmark> {
		return this.http.ask<Bookmark>(`${path(name)}/bookmarks`, null, json('POST', bookmark));
	}

	async removeBookmark(name: string, id: number): Promise<void> {
		await this.http.text(`${path(name)}/bookmarks/${id}`, null, { method: 'DELETE' });
	}

	rename(name: string, after: string): Promise<Recording> {
		const patch: RecordingPatch = { name: after };
		return this.http.ask<Recording>(path(name), null, json('PATCH', patch));
	}

	async remove(name: string): Promise<void> {
		await this.http.text(path(name), null, { method: 'DELETE' });
	}

	/** A page of what a query selects, newest first; before 0: the newest. */
	async messages(name: string, query: string, before: number, limit: number, signal: AbortSignal): Promise<{ messages: Whole[]; before: number | null }> {
		const ask = new URLSearchParams({ limit: String(limit), ...(query ? { q: query } : {}), ...(before > 0 ? { before: String(before) } : {}) });
		const page = members(await this.http.text(`${path(name)}/messages?${ask}`, signal));
		const [list, next]: (keyof RecordedPage)[] = ['messages', 'before'];
		const goesOn = page.get(next ?? '');
		return { messages: elements(page.get(list ?? '') ?? '[]').map(whole), before: goesOn === undefined ? null : Number(goesOn) };
	}

	compare(a: Span, b: Span, namespace: string, signal: AbortSignal): Promise<SpanComparison> {
		const ask = new URLSearchParams({ a: a.recording, a_from: wireMicros(a.from), a_to: wireMicros(a.to), b: b.recording, b_from: wireMicros(b.from), b_to: wireMicros(b.to) });
		if (namespace) ask.set('namespace', namespace);
		return this.http.ask<SpanComparison>(`/api/v1/comparison?${ask}`, signal);
	}

	replay(signal: AbortSignal | null): Promise<Replay> {
		return this.http.ask<Replay>('/api/v1/replay', signal);
	}

	startReplay(wanted: NewReplay): Promise<Replay> {
		return this.http.ask<Replay>('/api/v1/replay', null, json('PUT', wanted));
	}

	patchReplay(patch: ReplayPatch): Promise<Replay> {
		return this.http.ask<Replay>('/api/v1/replay', null, json('PATCH', patch));
	}

	stopReplay(): Promise<Replay> {
		return this.http.ask<Replay>('/api/v1/replay', null, { method: 'DELETE' });
	}

	/** Makes a recording of a file; what it is, its content tells. */
	importFile(file: Blob, { name, event, namespace }: ImportAsk): Promise<Recording> {
		const ask = new URLSearchParams({ name, ...(event ? { event } : {}), ...(namespace ? { namespace } : {}) });
		return this.http.ask<Recording>(`/api/v1/imports?${ask}`, null, { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
	}

	/** Where a file of a recording is. */
	exportPath(name: string, { format, query, span, columns }: ExportAsk): string {
		const ask = new URLSearchParams({
			format,
			...(query.trim() ? { q: query.trim() } : {}),
			...(span ? { from: wireMicros(span.from), to: wireMicros(span.to) } : {}),
			...(withColumns.includes(format) && columns.trim() ? { columns: columns.trim() } : {}),
		});
		return `${path(name)}/export?${ask}`;
	}
}

function path(name: string): string {
	return `/api/v1/recordings/${encodeURIComponent(name)}`;
}
