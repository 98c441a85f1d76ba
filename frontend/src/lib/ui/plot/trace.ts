type Pen = CanvasRenderingContext2D;

/** A point of a trace, in px; a NaN height breaks the line: nobody knows what was there. */
export interface Trace {
	x: number[];
	y: number[];
}

/** Draws the line of a trace; a point that stands alone becomes a dot. */
export function drawTrace(pen: Pen, { x, y }: Trace): void {
	pen.beginPath();
	let isDown = false;
	for (let i = 0; i < x.length; i++) {
		const at = x[i] ?? 0;
		const height = y[i] ?? Number.NaN;
		if (Number.isNaN(height)) {
			isDown = false;
			continue;
		}
		if (isDown) pen.lineTo(at, height);
		else {
			pen.moveTo(at, height);
			if (Number.isNaN(y[i + 1] ?? Number.NaN)) pen.lineTo(at + 1.5, height);
		}
		isDown = true;
	}
	pen.stroke();
}

/** Fills between a trace and the one below it, or the floor. */
export function fillTrace(pen: Pen, { x, y }: Trace, below: readonly number[] | number): void {
	const floor = (i: number) => (typeof below === 'number' ? below : (below[i] ?? 0));
	pen.beginPath();
	for (let from = 0; from < x.length; from++) {
		if (Number.isNaN(y[from] ?? Number.NaN)) continue;
		let to = from;
		while (to + 1 < x.length && !Number.isNaN(y[to + 1] ?? Number.NaN)) to++;
		pen.moveTo(x[from] ?? 0, floor(from));
		for (let i = from; i <= to; i++) pen.lineTo(x[i] ?? 0, y[i] ?? 0);
		for (let i = to; i >= from; i--) pen.lineTo(x[i] ?? 0, floor(i));
		pen.closePath();
		from = to;
	}
	pen.fill();
}

/** Draws the points a line stands for, where they are far enough apart to be seen. */
export function drawDots(pen: Pen, { x, y }: Trace, size: number): void {
	for (let i = 0; i < x.length; i++) {
		const height = y[i] ?? Number.NaN;
		if (!Number.isNaN(height)) pen.fillRect((x[i] ?? 0) - size / 2, height - size / 2, size, size);
	}
}
