import type { Reel, View } from '$lib/state/reel.svelte';
import type { Recordings, Span, SpanName } from '$lib/state/recordings.svelte';

/** A press that moves less than this is a click, in px. */
const stillPx = 4;

/** How much closer one line of the wheel brings. */
const wheelStep = 0.0015;

interface World {
	/** The time at a place on the page, in px. */
	timeAt: (px: number) => number;
	onseek: (at: number) => void;
}

/** What a pointer does on the timeline: a press goes there, a drag marks a span, two fingers and the wheel look closer. */
export class Hands {
	/** The time under a mouse that does nothing else; null: there is none. */
	hover = $state<number | null>(null);
	/** A span that is being drawn. */
	drawn = $state.raw<{ a?: Span; b?: Span }>({});
	busy = $state(false);

	#from: { x: number; at: number; id: number } | null = null;
	#fingers = new Map<number, number>(); // where each is, in px
	#pinch: { apart: number; view: View; at: number } | null = null;

	constructor(
		private readonly reel: Reel,
		private readonly recordings: Recordings,
		private readonly world: World,
	) {}

	down(event: PointerEvent): void {
		if (event.button !== 0) return;
		(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
		this.#fingers.set(event.pointerId, event.clientX);
		if (this.#fingers.size === 2) this.#spread();
		else this.#from = { x: event.clientX, at: this.world.timeAt(event.clientX), id: event.pointerId };
	}

	move(event: PointerEvent): void {
		this.hover = event.pointerType === 'mouse' && !this.#from ? this.world.timeAt(event.clientX) : null;
		if (!this.#fingers.has(event.pointerId)) return;
		this.#fingers.set(event.pointerId, event.clientX);
		if (this.#pinch) this.#squeeze(this.#pinch);
		else if (this.#from && Math.abs(event.clientX - this.#from.x) >= stillPx) {
			this.busy = true;
			this.drawn = { [this.#next]: this.reel.span(this.#from.at, this.world.timeAt(event.clientX)) };
		}
	}

	up(event: PointerEvent): void {
		const from = this.#from;
		const drawn = this.drawn[this.#next];
		if (from?.id === event.pointerId) {
			if (drawn) (this.recordings[this.#next] = drawn);
			else this.world.onseek(from.at);
		}
		this.cancel();
	}

	cancel(): void {
		this.#from = this.#pinch = null;
		this.#fingers.clear();
		this.drawn = {};
		this.busy = false;
	}

	/** Looks closer or from further away, and to the side where the wheel goes there. */
	wheel(event: WheelEvent, perMs: number): void {
		const { view } = this.reel;
		if (!view) return;
		const aside = event.shiftKey ? event.deltaY : event.deltaX;
		if (Math.abs(aside) > Math.abs(event.shiftKey ? event.deltaX : event.deltaY)) {
			if (!this.reel.zoom) return;
			this.reel.look({ from: view.from + aside / perMs, to: view.to + aside / perMs });
		} else this.reel.scale(Math.exp(event.deltaY * wheelStep), this.world.timeAt(event.clientX));
		event.preventDefault();
	}

	/** The first drag marks A, each other one B. */
	get #next(): SpanName {
		return this.recordings.a === null ? 'a' : 'b';
	}

	#spread(): void {
		const [one = 0, other = 0] = this.#fingers.values();
		const { view } = this.reel;
		this.#from = null;
		this.drawn = {};
		if (view) this.#pinch = { apart: Math.max(1, Math.abs(one - other)), view, at: this.world.timeAt((one + other) / 2) };
	}

	#squeeze({ apart, view, at }: { apart: number; view: View; at: number }): void {
		const [one = 0, other = 0] = this.#fingers.values();
		const factor = apart / Math.max(1, Math.abs(one - other));
		this.reel.look({ from: at - (at - view.from) * factor, to: at + (view.to - at) * factor });
	}
}
