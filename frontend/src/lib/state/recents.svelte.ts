import { recall, remember } from '$lib/host/remember';

/** So many queries are remembered. */
const most = 8;

/** The queries that were asked last, the newest first; remembered. */
export class Recents {
	texts = $state.raw<readonly string[]>(textsIn(recall('queries')));

	/** Puts one first. One that is empty is none. */
	add(text: string): void {
		if (text === '' || text === this.texts[0]) return;
		this.texts = [text, ...this.texts.filter((t) => t !== text)].slice(0, most);
		remember('queries', JSON.stringify(this.texts));
	}
}

/** What was remembered may be anything. */
function textsIn(text: string | null): string[] {
	try {
		const texts: unknown = JSON.parse(text ?? '[]');
		return Array.isArray(texts) ? texts.filter((t) => typeof t === 'string').slice(0, most) : [];
	} catch {
		return [];
	}
}
