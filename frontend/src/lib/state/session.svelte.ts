import { ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { keyIn } from '$lib/host/link';

/** What a key may allow, in the hub's order. */
export const scopes = ['view', 'publish', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** The code of the error this page makes itself: the key is known, but the browser keeps no cookie. */
export const noCookie = 'no_cookie';

/**
 * What this page may do at its hub, and by which key. A key is swapped for a
 * cookie that no script can read and that lets the page view. One that allows more
 * is kept besides, by Rest alone and only for as long as the page is open.
 */
export class Session {
	/** What the hub allows, such as "view publish"; null before it has said. */
	scopes = $state<string | null>(null);
	/** The name of the key that allows it; empty: none does. */
	key = $state('');
	/** Whether the page is open on the hub's own machine, where no key is needed. */
	local = $state(true);
	/** Whether the reader wants to show a key, though the page goes on without. */
	asking = $state(false);
	/** Whether the hub is looking at a key. */
	trying = $state(false);
	/** Why the key that was shown last is of no use; null: none was, or it is. */
	refusal = $state.raw<ApiError | null>(null);

	constructor(private readonly rest: Rest) {}

	/** Whether the hub would do something that needs a scope. As long as nobody knows, it may. */
	may(scope: Scope): boolean {
		return this.scopes === null || this.scopes.split(' ').includes(scope);
	}

	/** Takes what the hub said in its greeting, and asks for what a greeting does not tell. */
	async begin(scopes: string): Promise<void> {
		this.scopes = scopes;
		const refusal = await refusedBy(() => this.#ask());
		if (refusal?.code === 'unknown_key') this.rest.key = ''; // revoked, while everybody may view
	}

	/** Shows a key, or the whole link that has one in it. Reports whether it lets the page in. */
	async enter(text: string): Promise<boolean> {
		const key = keyIn(text) ?? text.trim();
		if (!key || this.trying) return false;
		this.trying = true;
		this.refusal = null;
		try {
			this.refusal = await refusedBy(() => this.#enter(key));
		} finally {
			this.trying = false;
		}
		if (this.refusal === null) this.asking = false;
		return this.refusal === null;
	}

	/** Goes back to the page. */
	back(): void {
		this.asking = false;
		this.refusal = null;
	}

	/** Gives the cookie back and forgets the key. The page should then begin anew, for it shows what the key let it see. */
	async forget(): Promise<boolean> {
		this.refusal = await refusedBy(() => this.rest.leave());
		if (this.refusal === null) this.rest.key = '';
		return this.refusal === null;
	}

	async #enter(key: string): Promise<void> {
		const { scopes, local } = await this.rest.enter(key);
		this.rest.key = '';
		await this.#ask();
		if (!this.may('view')) throw new ApiError(0, noCookie, '', '');
		if (!local && scopes !== this.scopes) {
			this.rest.key = key;
			await this.#ask();
		}
	}

	async #ask(): Promise<void> {
		const { scopes, key, local } = await this.rest.session();
		this.scopes = scopes;
		this.key = key ?? '';
		this.local = local;
	}
}
