import type { FaultsOn } from '$lib/wire';

/** The faults that are on in the hub, on purpose. */
export class Faults {
	/** As the hub told last, by namespace. */
	on = $state.raw<readonly FaultsOn[]>([]);
}
