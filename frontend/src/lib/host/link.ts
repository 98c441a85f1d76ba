/** What a view link has behind its address: #k=KEY, or #k=KEY&timing to show more than that. Browsers send a fragment to nobody. */
const marked = /#k=([^&\s]+)(?:&(\S+))?/;

/** The key in an address; null when there is none. */
export function keyIn(text: string): string | null {
	const key = marked.exec(text)?.[1];
	if (!key) return null;
	try {
		return decodeURIComponent(key);
	} catch {
		return key; // the hub says that it knows no such key
	}
}

/** A view link that shows what another address does, such as "#timing". */
export function withHash(link: string, hash: string): string {
	return keyIn(link) === null ? link + hash : link + hash.replace(/^#/, '&');
}

/**
 * Takes the key of a view link out of the page's address and its history, where
 * the next reader of this browser would find it. What the link shows takes its
 * place, or else fragment. Null when the address has no key.
 */
export function takeKey(page: Location, pages: History, fragment = ''): string | null {
	const key = keyIn(page.hash);
	if (key === null) return null;
	const shown = marked.exec(page.hash)?.[2];
	pages.replaceState(null, '', page.pathname + page.search + (shown ? `#${shown}` : fragment));
	return key;
}

/** Calls onkey whenever a view link is opened in this page. Returns how to stop. */
export function watchLinks(onkey: (key: string) => void): () => void {
	const changed = (event: HashChangeEvent) => {
		const before = new URL(event.oldURL).hash;
		const key = takeKey(location, history, keyIn(before) === null ? before : '');
		if (key !== null) onkey(key);
	};
	addEventListener('hashchange', changed);
	return () => removeEventListener('hashchange', changed);
}
