import { surface } from '$lib/ui/plot/surface';

type Pen = CanvasRenderingContext2D;

/** How far a picture may move before it is painted anew, in px. */
const marginPx = 96;

/**
 * A picture on a time axis that mostly moves to the left: it is painted with
 * some room at the right, and then only shifted, until what it shows changes.
 */
export class Slide {
	#canvas = document.createElement('canvas');
	#key: unknown = null;
	#to = 0;
	#size = '';

	/**
	 * Draws the part of the picture that ends at a time, which is a whole number
	 * of perPx. paint draws the picture up to a later time, wider by as much. The
	 * picture is painted anew when the key is another.
	 */
	draw(pen: Pen, key: unknown, to: number, perPx: number, width: number, height: number, paint: (pen: Pen, to: number, width: number) => void): void {
		const size = `${width} ${height} ${perPx} ${window.devicePixelRatio}`;
		const moved = Math.round((this.#to - to) / perPx);
		if (key !== this.#key || size !== this.#size || moved < 0 || moved > marginPx) {
			const fresh = surface(this.#canvas, width + marginPx, height);
			if (!fresh) return;
			this.#key = key;
			this.#size = size;
			this.#to = to + marginPx * perPx;
			paint(fresh, this.#to, width + marginPx);
		}
		const left = marginPx - Math.round((this.#to - to) / perPx);
		const scale = window.devicePixelRatio || 1;
		pen.drawImage(this.#canvas, left * scale, 0, width * scale, height * scale, 0, 0, width, height);
	}
}
