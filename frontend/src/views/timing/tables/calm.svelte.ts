import { untrack } from 'svelte';

/**
 * How often a table out of sight is written anew, in ms. Who hears the page wants one that
 * stands still for a while, and a thousand cells are too much work for each second.
 */
const everyMs = 3000;

/** A value as it is now while it is seen, and otherwise as it was a moment ago. For the time that a component lives. */
export function calmly<Value>(now: () => Value, isSeen: () => boolean): { readonly value: Value } {
	let kept = $state.raw(untrack(now));
	$effect(() => {
		if (isSeen()) return;
		const timer = setInterval(() => (kept = now()), everyMs);
		return () => clearInterval(timer);
	});
	return {
		get value() {
			return isSeen() ? now() : kept;
		},
	};
}
