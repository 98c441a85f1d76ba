/** Room of the drawing. */
export const width = 240;
export const height = 100;

/** Numbers that look like chance, and are the same each time. */
function* chance(): Generator<number, never> {
	for (let state = 0x2545f491; ; ) {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		yield state / 2 ** 32;
	}
}

const middle = height / 2;

function line(y: (x: number) => number): string {
	return Array.from({ length: width / 2 + 1 }, (_, i) => `${i === 0 ? 'M' : 'L'}${i * 2} ${y(i * 2).toFixed(1)}`).join('');
}

/** How a feed looks, as an SVG path: a drawing, not a measurement. */
export function waveOf(feed: string): string {
	const random = chance();
	let y = middle;
	switch (feed) {
		case 'sine':
			return line((x) => middle - 34 * Math.sin((x / width) * 6 * Math.PI));
		case 'walk':
			return line(() => (y = Math.min(height - 8, Math.max(8, y + (random.next().value - 0.5) * 16 + (middle - y) * 0.03))));
		case 'ticks':
			return Array.from({ length: 60 }, (_, i) => {
				y = Math.min(height - 22, Math.max(12, y + (random.next().value - 0.5) * 12 + (middle - y) * 0.02));
				return `M${i * 4 + 2} ${y.toFixed(1)}v${(5 + random.next().value * 10).toFixed(1)}`;
			}).join('');
		case 'bursts':
			return Array.from({ length: 4 }, (_, burst) => Array.from({ length: 7 }, (_, i) => `M${burst * 60 + 12 + i * 3} ${height - 14}V22`).join('')).join('');
		default:
			return line((x) => height - 12 - Math.floor(x / 20) * 6.4);
	}
}
