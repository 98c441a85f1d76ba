type Pen = CanvasRenderingContext2D;

/** A time and a number a point, sorted by time; a number that is NaN breaks the line. */
export interface Sorted {
	x: Float64Array;
	y: Float64Array;
	length: number;
}

/** The part of a plot that is drawn: a time at its left edge, px a ms, and where a number stands. */
export interface Frame {
	from: number;
	to: number;
	perMs: number;
	left: number;
	place: (value: number) => number;
}

/** The index of the first point that is not before a time. */
export function indexAt({ x, length }: Sorted, time: number): number {
	let low = 0;
	let high = length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((x[middle] ?? 0) < time) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The least and the greatest number from one time to another; null when there is none. */
export function rangeOf(line: Sorted, from: number, to: number): [low: number, high: number] | null {
	let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	// The points next to the edges count too, or a line would leave the plot there.
	const end = Math.min(line.length, indexAt(line, to) + 1);
	for (let i = Math.max(0, indexAt(line, from) - 1); i < end; i++) {
		const value = line.y[i] ?? Number.NaN;
		if (value < low) low = value;
		if (value > high) high = value;
	}
	return low <= high ? [low, high] : null;
}

/** The number that holds at a time: that of the last point before it; null in a gap and before the first. */
export function valueAt(line: Sorted, time: number): number | null {
	const value = line.y[indexAt(line, time + 0.0005) - 1]; // times are whole microseconds
	return value === undefined || Number.isNaN(value) ? null : value;
}

/** So far apart, in px, points must stand on average to be drawn as dots. */
const dotsFromPx = 5;

/**
 * Draws a line through its points. Where many points share a column of pixels it
 * goes through their first, least, greatest and last: what is seen is the same,
 * and the time it takes depends on the width alone. Points that stand apart get a
 * dot each, for between them nothing is known.
 */
export function drawLine(pen: Pen, line: Sorted, { from, to, perMs, left, place }: Frame): void {
	const start = Math.max(0, indexAt(line, from) - 1);
	const end = Math.min(line.length, indexAt(line, to) + 1);
	const x = (i: number) => left + ((line.x[i] ?? 0) - from) * perMs;
	let isDown = false;
	const go = (i: number) => {
		if (isDown) pen.lineTo(x(i), place(line.y[i] ?? 0));
		else pen.moveTo(x(i), place(line.y[i] ?? 0));
		isDown = true;
	};
	pen.beginPath();
	for (let i = start; i < end; ) {
		if (Number.isNaN(line.y[i] ?? Number.NaN)) {
			isDown = false;
			i++;
			continue;
		}
		const column = Math.floor(x(i));
		let [least, greatest, last] = [i, i, i];
		let next = i + 1;
		for (; next < end && !Number.isNaN(line.y[next] ?? Number.NaN) && x(next) < column + 1; next++) {
			if ((line.y[next] ?? 0) < (line.y[least] ?? 0)) least = next;
			if ((line.y[next] ?? 0) > (line.y[greatest] ?? 0)) greatest = next;
			last = next;
		}
		go(i);
		if (last > i) {
			go(Math.min(least, greatest));
			go(Math.max(least, greatest));
			go(last);
		}
		i = next;
	}
	pen.stroke();
	const width = (to - from) * perMs;
	if (width / Math.max(1, end - start) < dotsFromPx) return;
	for (let i = start; i < end; i++) {
		const value = line.y[i] ?? Number.NaN;
		if (!Number.isNaN(value) && x(i) >= left - 1) pen.fillRect(x(i) - 1.5, place(value) - 1.5, 3, 3);
	}
}
