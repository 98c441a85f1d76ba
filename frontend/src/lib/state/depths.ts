/**
 * How many messages waited in one lane, each time the hub told, in memory of a
 * fixed size: the last minute at 20 frames a second.
 */
export class Depths {
	#at: Float64Array;
	#depth: Float32Array;
	#next = 0;
	#count = 0;

	constructor(readonly capacity = 1280) {
		this.#at = new Float64Array(capacity);
		this.#depth = new Float32Array(capacity);
	}

	add(at: number, depth: number): void {
		this.#at[this.#next] = at;
		this.#depth[this.#next] = depth;
		this.#next = (this.#next + 1) % this.capacity;
		this.#count = Math.min(this.#count + 1, this.capacity);
	}

	/** All that is here now; what comes later does not change it. */
	copy(): Depths {
		const copy = new Depths(this.capacity);
		copy.#at = this.#at.slice();
		copy.#depth = this.#depth.slice();
		copy.#next = this.#next;
		copy.#count = this.#count;
		return copy;
	}

	clear(): void {
		this.#count = 0;
	}

	/** The time of the oldest; Infinity when there is none. */
	get oldest(): number {
		return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#at[this.#index(0)] ?? 0);
	}

	/** Calls back for each, oldest first. */
	each(call: (at: number, depth: number) => void): void {
		for (let i = 0; i < this.#count; i++) {
			const at = this.#index(i);
			call(this.#at[at] ?? 0, this.#depth[at] ?? 0);
		}
	}

	/** How many waited at a time, as far as the hub told by then; null when it did not. */
	before(time: number): number | null {
		let found: number | null = null;
		this.each((at, depth) => {
			if (at <= time) found = depth;
		});
		return found;
	}

	#index(i: number): number {
		return (this.#next - this.#count + i + this.capacity) % this.capacity;
	}
}
