import { full, half, type LevelRow, missed, third } from '$lib/state/levels.svelte';
import { token } from '$lib/ui/colour';
import { abgr } from '$lib/ui/plot/columns';
import { plotFont } from '$lib/ui/plot/ink';

type Pen = CanvasRenderingContext2D;

/** The colours of levels in a theme, read once and not at each cell. */
export interface HeatInk {
	/** What is drawn on. */
	ground: string;
	text: string;
	/** One for each level: a colour a cell is filled with. */
	cells: readonly string[];
	/** The same as pixels of an image. */
	pixels: Uint32Array;
}

/** How bright a level over half is: it grows to full. */
const amber = (level: number) => 0.55 + (0.45 * (level - half)) / (full - half);

export function readHeat(ground: '--surface-0' | '--surface-1'): HeatInk {
	const [low, some, more, late, lost] = ['--heat-1', '--heat-2', '--heat-3', '--late', '--lost'].map(token) as [string, string, string, string, string];
	const under = token(ground);
	const colour = (level: number): string => {
		if (level === missed) return lost;
		if (level >= half) return mix(late, under, Math.min(1, amber(level)));
		if (level >= third) return more;
		return level === 0 ? low : mix(some, low, Math.min(1, 0.45 + level / 24));
	};
	const cells = Array.from({ length: 256 }, (_, level) => colour(level));
	return { ground: under, text: token('--text-3'), cells, pixels: Uint32Array.from(cells, (c) => abgr(c, 1)) };
}

/** Two colours of the tokens, "#rrggbb", so much of the first. */
export function mix(a: string, b: string, share: number): string {
	const channel = (at: number) => {
		const [x, y] = [a, b].map((c) => Number.parseInt(c.slice(at, at + 2), 16)) as [number, number];
		return Math.round(y + (x - y) * share).toString(16).padStart(2, '0');
	};
	return `#${channel(1)}${channel(3)}${channel(5)}`;
}

/** Whether a cell of this level is hatched, for no state is told by colour alone. */
export const isHatched = (level: number) => level >= full;

/** One client's last minute, a cell a second, the newest at the right edge. */
export function drawStrip(pen: Pen, ink: HeatInk, levels: Uint8Array, width: number, height: number): void {
	const seconds = 60;
	const step = width / seconds;
	const gap = step >= 3 ? 1 : 0;
	for (const [i, level] of levels.entries()) {
		const x = Math.round((seconds - levels.length + i) * step);
		const wide = Math.round((seconds - levels.length + i + 1) * step) - x - gap;
		pen.fillStyle = ink.cells[level] ?? ink.ground;
		pen.fillRect(x, 0, wide, height);
		if (isHatched(level)) hatch(pen, ink, x, 0, wide, height);
	}
}

function hatch(pen: Pen, ink: HeatInk, x: number, y: number, wide: number, high: number): void {
	pen.save();
	pen.beginPath();
	pen.rect(x, y, wide, high);
	pen.clip();
	pen.strokeStyle = ink.ground;
	pen.lineWidth = 1;
	pen.beginPath();
	for (let at = x - high; at < x + wide; at += 4) {
		pen.moveTo(at, y + high);
		pen.lineTo(at + high, y);
	}
	pen.stroke();
	pen.restore();
}

/** How the heat map lies: so many rows in a height, each so high, or several in one pixel. */
export interface HeatPlan {
	steps: number;
	/** Rows of the picture; each stands for one client, or for the worst of several. */
	lines: number;
	lineHeight: number;
	height: number;
}

/** The highest that a client's row is, in px: a few clients are not made to fill the screen. */
const highest = 18;

export function planHeat(clients: number, steps: number, height: number): HeatPlan {
	const lines = Math.max(0, Math.min(clients, Math.floor(height)));
	const lineHeight = lines === 0 ? 0 : Math.min(highest, height / lines);
	return { steps, lines, lineHeight, height: lines * lineHeight };
}

/** Which client stands at a height. */
export function clientAt(plan: HeatPlan, clients: number, y: number): number | null {
	if (y < 0 || y >= plan.height || plan.lines === 0) return null;
	return Math.min(clients - 1, Math.floor((y / plan.height) * clients));
}

/** Paints all clients, the longest connected on top, a column a step. */
export class HeatPainter {
	#small = document.createElement('canvas');

	draw(pen: Pen, ink: HeatInk, rows: readonly LevelRow[], plan: HeatPlan, width: number): void {
		const { steps, lines, lineHeight } = plan;
		if (steps === 0 || lines === 0) return;
		const worst = worstOf(rows, plan);
		this.#paintSmall(ink, worst, plan);
		const column = width / steps;
		pen.imageSmoothingEnabled = false;
		pen.drawImage(this.#small, 0, 0, steps, lines, 0, 0, width, plan.height);
		pen.fillStyle = ink.ground;
		if (column >= 4) for (let step = 1; step <= steps; step++) pen.fillRect(Math.round(step * column) - 1, 0, 1, plan.height);
		if (lineHeight >= 5) for (let line = 1; line <= lines; line++) pen.fillRect(0, Math.round(line * lineHeight) - 1, width, 1);
		this.#hatch(pen, ink, worst, plan, column);
	}

	/** A pixel a cell. */
	#paintSmall(ink: HeatInk, worst: Int16Array, { steps, lines }: HeatPlan): void {
		this.#small.width = steps;
		this.#small.height = lines;
		const image = new ImageData(steps, lines);
		const pixels = new Uint32Array(image.data.buffer);
		for (let i = 0; i < pixels.length; i++) {
			const level = worst[i] ?? -1;
			if (level >= 0) pixels[i] = ink.pixels[level] ?? 0;
		}
		this.#small.getContext('2d')?.putImageData(image, 0, 0);
	}

	/** Lines over the cells that are full: slanted ones where there is room, else every second pixel. */
	#hatch(pen: Pen, ink: HeatInk, worst: Int16Array, { steps, lines, lineHeight }: HeatPlan, column: number): void {
		const pattern = pen.createPattern(hatchTile(ink, lineHeight >= 4 ? 4 : 2), 'repeat');
		if (!pattern) return;
		pen.fillStyle = pattern;
		pen.beginPath();
		for (let line = 0; line < lines; line++) {
			for (let step = 0; step < steps; step++) {
				const from = step;
				while (step < steps && isHatched(worst[line * steps + step] ?? -1)) step++;
				if (step > from) pen.rect(from * column, line * lineHeight, (step - from) * column, lineHeight);
			}
		}
		pen.fill();
	}
}

/** A square of slanted lines in the colour of the ground, to fill with. */
function hatchTile(ink: HeatInk, size: number): HTMLCanvasElement {
	const tile = document.createElement('canvas');
	tile.width = tile.height = size;
	const pen = tile.getContext('2d');
	if (pen) {
		pen.fillStyle = ink.ground;
		for (let i = 0; i < size; i++) pen.fillRect(i, size - 1 - i, 1, 1);
	}
	return tile;
}

/** The worst level of each cell of the picture; −1 where nobody was connected yet. */
export function worstOf(rows: readonly LevelRow[], { steps, lines }: HeatPlan): Int16Array {
	const worst = new Int16Array(steps * lines).fill(-1);
	for (const [i, { levels }] of rows.entries()) {
		const line = Math.floor((i * lines) / rows.length);
		const offset = line * steps + steps - levels.length;
		for (let k = Math.max(0, levels.length - steps); k < levels.length; k++) {
			const at = offset + k;
			const level = levels[k] ?? 0;
			if (level > (worst[at] ?? -1)) worst[at] = level;
		}
	}
	return worst;
}

/** Says where nobody was connected yet, where there is room for it: such is at the lower left. */
export function drawNotYet(pen: Pen, ink: HeatInk, rows: readonly LevelRow[], plan: HeatPlan, width: number, words: string): void {
	if (rows.length === 0 || plan.steps === 0) return;
	pen.font = plotFont();
	pen.textBaseline = 'middle';
	pen.textAlign = 'left';
	const column = width / plan.steps;
	const wide = pen.measureText(words).width + 28;
	const begins = (row: LevelRow) => (plan.steps - row.levels.length) * column;
	const firstFree = rows.findIndex((row) => begins(row) >= wide);
	if (firstFree < 0) return;
	const top = (firstFree / rows.length) * plan.height;
	if (plan.height - top < 14) return;
	pen.fillStyle = ink.text;
	pen.fillText(words, 14, (top + plan.height) / 2);
}
