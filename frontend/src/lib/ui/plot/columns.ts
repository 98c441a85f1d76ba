/**
 * A row of columns as wide as a pixel, each with a colour and two heights,
 * painted as one picture: thousands of single rectangles cost more than all
 * else on the screen.
 */
export class Columns {
	#image = new ImageData(1, 1);
	#pixels = new Uint32Array(this.#image.data.buffer);
	#scale = 1;

	/** Begins an empty picture of this size, in CSS px. */
	begin(width: number, height: number): void {
		this.#scale = window.devicePixelRatio || 1;
		const across = Math.max(1, Math.round(width * this.#scale));
		const down = Math.max(1, Math.round(height * this.#scale));
		if (this.#image.width !== across || this.#image.height !== down) {
			this.#image = new ImageData(across, down);
			this.#pixels = new Uint32Array(this.#image.data.buffer);
		} else this.#pixels.fill(0);
	}

	/** Fills a column from the floor up; colour is as abgr makes it. All in CSS px. */
	bar(x: number, wide: number, high: number, colour: number): void {
		const { width, height } = this.#image;
		const from = Math.max(0, Math.round(x * this.#scale));
		const to = Math.min(width, Math.max(from + 1, Math.round((x + wide) * this.#scale)));
		const top = Math.max(0, height - Math.round(high * this.#scale));
		const pixels = this.#pixels;
		for (let row = top * width; row < height * width; row += width) for (let i = row + from; i < row + to; i++) pixels[i] = colour;
	}

	/** Puts the picture on a canvas of the same size, in place of what is there. */
	paint(pen: CanvasRenderingContext2D): void {
		pen.putImageData(this.#image, 0, 0);
	}
}

/** A colour of the tokens, "#rrggbb", as a pixel of an image has it. */
export function abgr(colour: string, alpha: number): number {
	const rgb = Number.parseInt(colour.slice(1, 7), 16);
	const [red, green, blue] = [(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255];
	return ((Math.round(alpha * 255) << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
