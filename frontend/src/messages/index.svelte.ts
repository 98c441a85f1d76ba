import { recall, remember } from '$lib/host/remember';
import { en, type Words } from './en';
import { type Explained, explained, type Said } from './explain';
import { zh } from './zh';

export type { Words } from './en';

/** The languages, in the order in which the button goes through them. */
const all = { en, zh };
export type Tag = keyof typeof all;

/** Every language, by its name in itself. */
export const tags: readonly { tag: Tag; name: string }[] = [
	{ tag: 'en', name: 'English' },
	{ tag: 'zh', name: '中文' },
];

/** The language of everything on screen. */
export class Language {
	tag = $state<Tag>('en');
	readonly words: Words = $derived(all[this.tag]);

	/** Takes the reader's choice, or else the first of their languages that is there. */
	start(): void {
		const before = recall('language');
		this.#become(isTag(before) ? before : firstOf(navigator.languages));
	}

	choose(tag: Tag): void {
		this.#become(tag);
		remember('language', tag);
	}

	toggle(): void {
		this.choose(this.tag === 'en' ? 'zh' : 'en');
	}

	/** What is wrong and what to do, where something was refused; silent is said where nobody answered. */
	explain(said: Said, silent: string): Explained {
		return explained(said, this.words.refusals, silent);
	}

	#become(tag: Tag): void {
		this.tag = tag;
		document.documentElement.lang = all[tag].locale;
	}
}

/** The first of the reader's languages that there are words for; English when there is none. */
export function firstOf(languages: readonly string[]): Tag {
	return languages.map((l) => l.toLowerCase().split('-')[0] ?? '').find(isTag) ?? 'en';
}

function isTag(tag: string | null): tag is Tag {
	return tag !== null && Object.hasOwn(all, tag);
}

/** The page has one language. */
export const language = new Language();
