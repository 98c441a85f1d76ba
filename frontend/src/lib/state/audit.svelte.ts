import { type ApiError, refusedBy } from '$lib/api/http';
import type { Rest } from '$lib/api/rest';
import { poll } from '$lib/state/poll';
import type { AuditEntry, AuditPage, Limit } from '$lib/wire';

/** What the list can be narrowed to. */
export const auditKinds = ['all', 'refused', 'changes', 'connections'] as const;
export type AuditKind = (typeof auditKinds)[number];

const everyMs = 2000;

/** Who connected, was refused, or changed something; and the limits that were reached. The hub tells it to admins. */
export class Audit {
	/** Whether it is on screen. */
	open = $state(false);
	/** Newest first, without a hole: as far back as somebody has read. */
	entries = $state.raw<readonly AuditEntry[]>([]);
	/** Those that were reached first, then in the order of the settings. */
	limits = $state.raw<readonly Limit[]>([]);
	/** Whether the hub has answered yet. */
	known = $state(false);
	/** Whether the hub has older ones. */
	more = $state(false);
	kind = $state<AuditKind>('all');
	/** Why the hub did not tell; null when it did. */
	trouble = $state.raw<ApiError | null>(null);

	readonly shown = $derived(this.kind === 'all' ? this.entries : this.entries.filter((e) => kindOf(e) === this.kind));

	#fetching = false;

	constructor(private readonly rest: Rest) {}

	/** Asks again and again for what was done. Returns how to stop. */
	watch(): () => void {
		return poll(everyMs, (signal) => this.#try(async () => this.take(await this.rest.audit(0, signal))));
	}

	/** Asks again and again for the limits. Returns how to stop. */
	watchLimits(): () => void {
		return poll(everyMs, (signal) => this.#try(async () => this.takeLimits(await this.rest.limits(signal))));
	}

	/** Fetches the entries before the oldest one. */
	async older(): Promise<void> {
		const oldest = this.entries.at(-1);
		if (!oldest || !this.more || this.#fetching) return;
		this.#fetching = true;
		try {
			await this.#try(async () => {
				const page = await this.rest.audit(oldest.id);
				if (this.entries.at(-1) !== oldest) return; // the hub began anew meanwhile
				this.entries = [...this.entries, ...page.entries];
				this.more = page.before !== undefined;
			});
		} finally {
			this.#fetching = false;
		}
	}

	/** Takes in the newest page. What is older stays if it follows without a hole, and is of the same start of the hub. */
	take(page: AuditPage): void {
		this.known = true;
		const last = page.entries.at(-1)?.id ?? 0;
		const isSameStart = (this.entries[0]?.id ?? 0) <= (page.entries[0]?.id ?? 0);
		const older = isSameStart && (this.entries[0]?.id ?? 0) >= last ? this.entries.filter((e) => e.id < last) : [];
		this.entries = [...page.entries, ...older];
		if (older.length === 0) this.more = page.before !== undefined;
	}

	takeLimits(limits: readonly Limit[]): void {
		this.limits = [...limits.filter((l) => l.reached > 0), ...limits.filter((l) => l.reached === 0)];
	}

	async #try(ask: () => Promise<void>): Promise<void> {
		this.trouble = await refusedBy(ask);
	}
}

function kindOf(entry: AuditEntry): AuditKind {
	if (entry.kind === 'refused') return 'refused';
	return entry.kind === 'connected' ? 'connections' : 'changes';
}
