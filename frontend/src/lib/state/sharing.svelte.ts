import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { Fresh } from '$lib/state/fresh';
import { poll } from '$lib/state/poll';
import type { Key, MadeKey, NewKey, ShareAddress, Sharing as Told, SharingPatch } from '$lib/wire';

/** What the hub may refuse. */
export type Act = 'share' | 'view' | 'link' | 'make' | 'revoke';

const everyMs = 2000;

/** How other machines reach the hub, and the keys they show. */
export class Sharing {
	/** Whether the dialog is wanted. */
	open = $state(false);
	/** What the hub told last; null before its first answer. */
	told = $state.raw<Told | null>(null);
	/** Every key, oldest first; null before the hub's first answer. */
	keys = $state.raw<readonly Key[] | null>(null);
	/** Why the hub did not tell; null when it did. */
	trouble = $state.raw<ApiError | null>(null);
	/** Why the hub did not do what was asked for last, by what that was. */
	refused = $state.raw<{ readonly [act in Act]?: ApiError | undefined }>({});
	/** The key that was made last, with its secret, which nobody learns later. */
	made = $state.raw<MadeKey | null>(null);

	#watched = false; // somebody looks
	#host = $state(''); // of the chosen address; empty: the best
	#link = $state<string | null>(null); // the key that the view link carries; null while it is not known
	#linkMade = ''; // when that was
	#fresh = new Fresh();

	/** The address that link, QR code and programs have in them; null: there is none. */
	readonly address: ShareAddress | null = $derived(
		this.told?.addresses.find((a) => a.host === this.#host) ?? this.told?.addresses[0] ?? null,
	);
	/** What other machines open to view; null while there is nothing to open. */
	readonly url = $derived(this.told?.on && this.address && this.#link !== null ? `${this.address.url}/#k=${this.#link}` : null);

	constructor(private readonly rest: Rest) {}

	/** Looks: asks every two seconds. Returns how to stop, which forgets every secret. */
	watch(): () => void {
		this.#watched = true;
		const stop = poll(everyMs, (signal) => this.#ask(signal));
		return () => {
			stop();
			this.#watched = false;
			this.#link = this.made = null;
			this.refused = {};
		};
	}

	/** Puts another address into link, QR code and programs. */
	choose(host: string): void {
		this.#host = host;
	}

	/** Lets other machines in, or no more. */
	async share(on: boolean): Promise<void> {
		await this.#patch('share', { on });
	}

	/** Lets other machines view without a key, or no more. */
	async openView(on: boolean): Promise<void> {
		await this.#patch('view', { open_view: on });
	}

	/** Makes a key, and says whether the hub did. */
	async make(key: NewKey): Promise<boolean> {
		return this.#change('make', async () => {
			const made = await this.rest.makeKey(key);
			this.keys = [...(this.keys ?? []).filter((k) => k.name !== made.key.name), made.key];
			if (this.#watched) this.made = made;
		});
	}

	/** Makes a key unknown from now on, and says whether the hub did. The link gets another one. */
	async revoke(name: string): Promise<boolean> {
		return this.#change('revoke', async () => {
			await this.rest.revokeKey(name);
			if (this.keys?.find((k) => k.name === name)?.link) this.#link = null;
			if (this.made?.key.name === name) this.made = null;
			this.keys = this.keys?.filter((k) => k.name !== name) ?? null;
			await this.#askLink();
		});
	}

	/** Forgets what was refused. */
	forgive(act: Act): void {
		if (this.refused[act]) this.refused = { ...this.refused, [act]: undefined };
	}

	async #patch(act: Act, patch: SharingPatch): Promise<void> {
		await this.#change(act, async () => {
			this.told = await this.rest.share(patch);
			await this.#askLink();
		});
	}

	async #change(act: Act, task: () => Promise<void>): Promise<boolean> {
		return this.#keep(act, await this.#fresh.change(task));
	}

	/** Keeps why the hub refused something, and says whether it did it. */
	#keep(act: Act, refusal: ApiError | null): boolean {
		if (refusal === null) this.forgive(act);
		else if (this.#watched) this.refused = { ...this.refused, [act]: refusal };
		return refusal === null;
	}

	async #ask(signal: AbortSignal): Promise<void> {
		let isNew = false;
		const question = () => Promise.all([this.rest.sharing(signal), this.rest.keys(signal)]);
		this.trouble = await refusedBy(() =>
			this.#fresh.ask(question, ([told, keys]) => {
				if (signal.aborted) return;
				this.told = told;
				this.keys = keys;
				this.#compare(keys.find((k) => k.link));
				isNew = true;
			}),
		);
		if (isNew) await this.#askLink();
	}

	/** Drops a link whose key somebody else has revoked. */
	#compare(key: Key | undefined): void {
		if (this.#link !== null && key?.created !== (this.#linkMade || key?.created)) this.#link = null;
		this.#linkMade = this.#link === null ? '' : (key?.created ?? '');
	}

	/** Asking makes a key, so nobody asks for a link before it can be used and is looked at. */
	async #askLink(): Promise<void> {
		if (!this.#watched || !this.told?.on || this.#link !== null) return;
		const refusal = await refusedBy(async () => {
			const link = await this.rest.viewLink();
			if (!this.#watched) return;
			this.#link = link;
			if (!this.keys?.some((k) => k.link)) this.keys = await this.rest.keys(AbortSignal.timeout(everyMs));
		});
		this.#keep('link', refusal);
	}
}
