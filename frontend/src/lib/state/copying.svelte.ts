import type { Whole } from '$lib/api/rest';
import { copy } from '$lib/host/outside';
import { recall, remember } from '$lib/host/remember';
import { bodyOf, languages, request } from '$lib/snippets';

/** As what a message can be copied: its payload, or a program that publishes it again. */
export const copyKinds = ['JSON', ...languages] as const;
export type CopyKind = (typeof copyKinds)[number];

/** How long it is said that something was copied, in ms. */
const saidMs = 2000;

/** Puts messages on the clipboard, as the reader likes them best. */
export class Copying {
	/** What was chosen last; remembered. */
	kind = $state<CopyKind>(copyKinds.find((k) => k === recall('copy')) ?? 'JSON');
	/** What became of the newest attempt, for a moment. */
	said = $state<'copied' | 'failed' | null>(null);

	#silence: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly put: (text: string) => Promise<void> = copy) {}

	/** Copies as the kind chosen last. http is the hub's address, key what it asks programs for; empty: nothing. */
	async copy(whole: Whole, http: string, key: string): Promise<void> {
		try {
			await this.put(this.#text(whole, http, key));
			this.said = 'copied';
		} catch {
			this.said = 'failed';
		}
		clearTimeout(this.#silence);
		this.#silence = setTimeout(() => (this.said = null), saidMs);
	}

	choose(kind: CopyKind): void {
		this.kind = kind;
		remember('copy', kind);
	}

	#text(whole: Whole, http: string, key: string): string {
		if (this.kind === 'JSON') return whole.payload;
		return request(this.kind, http, bodyOf(whole), key);
	}
}
