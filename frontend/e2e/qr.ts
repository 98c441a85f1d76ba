/**
 * Reads a QR code as a camera would, from which of its modules are dark, row by
 * row without the margin. It knows what the page draws: level M, versions 1 to 6,
 * text as bytes; and it corrects nothing, so one wrong module can be enough to fail.
 */
export function readQR(dark: readonly (readonly boolean[])[]): string {
	const size = dark.length;
	const version = (size - 17) / 4;
	const blocks = blocksOf[version];
	if (!blocks) throw new Error(`no code that is known has ${size} modules a side`);
	const at = (x: number, y: number) => Number(dark[y]?.[x] ?? false);

	let format = 0;
	for (let i = 0; i < 15; i++) {
		const [x, y] = i < 6 ? [8, i] : i < 8 ? [8, i + 1] : i === 8 ? [7, 8] : [14 - i, 8];
		format |= at(x, y) << i;
	}
	format ^= 0b101010000010010;
	if (format >> 13 !== 0) throw new Error(`the level is ${format >> 13}, want M, which is 0`);
	const mask = masks[(format >> 10) & 7];
	if (!mask) throw new Error('there is no such mask');

	const isFrame = (x: number, y: number) => {
		const far = size - 8;
		if ((x < 9 && (y < 9 || y >= far)) || (x >= far && y < 9) || x === 6 || y === 6) return true;
		return version > 1 && Math.abs(x - (size - 7)) <= 2 && Math.abs(y - (size - 7)) <= 2;
	};
	const bits: number[] = [];
	for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
		if (right === 6) right = 5;
		for (let i = 0; i < size; i++) {
			const y = up ? size - 1 - i : i;
			for (const x of [right, right - 1]) if (!isFrame(x, y)) bits.push(at(x, y) ^ Number(mask(x, y)));
		}
	}

	const number = (from: readonly number[]) => from.reduce((n, bit) => n * 2 + bit, 0);
	const words = Array.from({ length: blocks.count * blocks.words }, (_, i) => number(bits.slice(8 * i, 8 * i + 8)));
	const inOrder = Array.from({ length: blocks.count }, (_, b) => words.filter((_, i) => i % blocks.count === b)).flat();
	const data = inOrder.flatMap((word) => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (word >> i) & 1));
	if (number(data.slice(0, 4)) !== 4) throw new Error('the text is not written as bytes');
	const length = number(data.slice(4, 12));
	const bytes = Array.from({ length }, (_, i) => number(data.slice(12 + 8 * i, 20 + 8 * i)));
	return new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array(bytes));
}

/** How many blocks a version has in level M, and how many words of data each. */
const blocksOf: Record<number, { count: number; words: number }> = {
	1: { count: 1, words: 16 },
	2: { count: 1, words: 28 },
	3: { count: 1, words: 44 },
	4: { count: 2, words: 32 },
	5: { count: 2, words: 43 },
	6: { count: 4, words: 27 },
};

const masks: readonly ((x: number, y: number) => boolean)[] = [
	(x, y) => (x + y) % 2 === 0,
	(_, y) => y % 2 === 0,
	(x) => x % 3 === 0,
	(x, y) => (x + y) % 3 === 0,
	(x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
	(x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
	(x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
	(x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];
