/** The screens, in the order of their keys 1 to 5. */
export const screenNames = ['live', 'timing', 'clients', 'tape', 'compose'] as const;
export type ScreenName = (typeof screenNames)[number];

/** Which screen is shown. The address keeps it, as #timing, so that back, forward and reload work. */
export class Screens {
	current = $state<ScreenName>('live');

	/** Begins to follow the address. Returns how to stop. */
	start(): () => void {
		const follow = () => {
			const name = location.hash.slice(1);
			this.current = screenNames.find((s) => s === name) ?? 'live';
		};
		follow();
		addEventListener('hashchange', follow);
		return () => removeEventListener('hashchange', follow);
	}

	go(name: ScreenName): void {
		this.current = name;
		location.hash = name;
	}
}
