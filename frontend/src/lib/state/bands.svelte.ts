/** How many there are: about one for each row, so that what changes in a frame leaves room for the rest of its work. */
export const bandCount = 28;

/**
 * What each part of the screen shows of a list that is another one at each change:
 * to draw all its rows takes longer than a frame should. So they follow one another
 * in bands, the top one first, each in a frame of its own. A lower band shows an
 * older list than those above it, so the rows are in order at any time.
 */
export class Bands<Item> {
	#lists = $state.raw<readonly (readonly Item[])[]>([]);
	#newest: readonly Item[] = [];
	#drawn = bandCount;

	/** Whether some band still shows an older list. */
	get trailing(): boolean {
		return this.#drawn < bandCount;
	}

	/** The top band shows another list; the others are to follow. */
	begin(list: readonly Item[]): void {
		this.#newest = list;
		this.#drawn = 0;
		this.follow();
	}

	/** The next band shows it too. */
	follow(): void {
		if (!this.trailing) return;
		this.#drawn++;
		this.#lists = Array.from({ length: bandCount }, (_, i) => (i < this.#drawn ? this.#newest : (this.#lists[i] ?? this.#newest)));
	}

	/** All show the newest that they were given. */
	finish(): void {
		this.#drawn = bandCount;
		this.#lists = [];
	}

	/** The list that a row of the screen is of, 0 on top; undefined: the newest. */
	of(row: number, rowsInSight: number): readonly Item[] | undefined {
		return this.#lists[Math.min(bandCount - 1, Math.floor((row * bandCount) / Math.max(1, rowsInSight)))];
	}
}
