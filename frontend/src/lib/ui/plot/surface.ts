/**
 * Makes a canvas as sharp as the screen, clears it, and returns its pen, which
 * draws in CSS pixels. Null where there is no place to draw on.
 */
export function surface(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
	const pen = canvas.getContext('2d');
	if (!pen || width <= 0 || height <= 0) return null;
	const scale = window.devicePixelRatio || 1;
	const across = Math.round(width * scale);
	const down = Math.round(height * scale);
	if (canvas.width !== across || canvas.height !== down) {
		canvas.width = across;
		canvas.height = down;
		canvas.style.width = `${width}px`;
		canvas.style.height = `${height}px`;
	}
	pen.setTransform(scale, 0, 0, scale, 0, 0);
	pen.clearRect(0, 0, width, height);
	pen.globalAlpha = 1;
	pen.setLineDash([]);
	return pen;
}
