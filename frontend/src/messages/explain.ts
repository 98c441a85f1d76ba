import { sentence } from '$lib/format/sentence';

/** Why something was not done, as whoever refused it said it. */
export interface Said {
	/** Stable, for programs, such as "queue_full"; of nobody but the hub. */
	code?: string | undefined;
	/** In English; empty where nobody answered. */
	message: string;
	hint: string;
}

/** The same as a reader sees it. */
export interface Explained {
	what: string;
	todo: string;
	/** What was said first, in English, where a language has a sentence of its own for it: that has no particulars. */
	detail: string;
}

/** Explains a refusal by a language's sentences, each by its code; silent is what is wrong where nobody answered. */
export function explained({ code, message, hint }: Said, sentences: { readonly [code: string]: string }, silent: string): Explained {
	if (!message) return { what: silent, todo: '', detail: '' };
	const own = code === undefined ? undefined : sentences[code];
	if (own === undefined) return { what: sentence(message), todo: sentence(hint), detail: '' };
	return { what: own, todo: '', detail: [message, hint].map(sentence).filter(Boolean).join(' ') };
}
