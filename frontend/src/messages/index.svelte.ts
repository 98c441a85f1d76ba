import { recall, remember } from '$lib/host/remember';
import { en, type Words } from './en';
import { type Explained, explained, type Said } from './explain';

export type { Words } from './en';

/** What has the words of each language. All but English are loaded once somebody reads them: a page needs one. */
const sources = {
	en: () => Promise.resolve(en),
	zh: () => import('./zh').then((found): Words => found.zh),
};
export type Tag = keyof typeof sources;

/** Every language, by its name in itself. */
export const tags: readonly { tag: Tag; name: string }[] = [
	{ tag: 'en', name: 'English' },
	{ tag: 'zh', name: '中文' },
];

/** The language of everything on screen. */
export class Language {
	tag = $state<Tag>('en');
	words = $state.raw<Words>(en);

	#wanted: Tag = 'en';

	/** Takes the reader's choice, or else the first of their languages that is there. Resolves once its words are, or cannot be had. */
	start(): Promise<void> {
		const before = recall('language');
		return this.#become(isTag(before) ? before : firstOf(navigator.languages));
	}

	choose(tag: Tag): void {
		remember('language', tag);
		void this.#become(tag);
	}

	toggle(): void {
		this.choose(this.tag === 'en' ? 'zh' : 'en');
	}

	/** Loads every language, so that they are there also when the hub is not. */
	async load(): Promise<void> {
		await Promise.all(Object.values(sources).map((source) => source()));
	}

	/** What is wrong and what to do, where something was refused; silent is said where nobody answered. */
	explain(said: Said, silent: string): Explained {
		return explained(said, this.words.refusals, silent);
	}

	/** Words that cannot be had leave those that are there. */
	async #become(tag: Tag): Promise<void> {
		this.#wanted = tag;
		const words = await sources[tag]().catch(() => null);
		if (words === null || this.#wanted !== tag) return;
		this.tag = tag;
		this.words = words;
		document.documentElement.lang = words.locale;
	}
}

/** The first of the reader's languages that there are words for; English when there is none. */
export function firstOf(languages: readonly string[]): Tag {
	return languages.map((l) => l.toLowerCase().split('-')[0] ?? '').find(isTag) ?? 'en';
}

function isTag(tag: string | null): tag is Tag {
	return tag !== null && Object.hasOwn(sources, tag);
}

/** The page has one language. */
export const language = new Language();
