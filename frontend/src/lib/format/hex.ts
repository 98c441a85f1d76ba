/** One line of a hex dump. */
export interface HexLine {
	/** The place of its first byte, as "0010". */
	at: string;
	/** "48 65 6c 6c 6f". */
	hex: string;
	/** The same bytes as text; what cannot be seen is a dot. */
	text: string;
}

/** So many bytes are one line: as many as the inspector has room for. */
const perLine = 8;

/** Bytes as a hex dump, of which no more than limit bytes are shown. */
export function hexLines(bytes: Uint8Array, limit: number): HexLine[] {
	const lines: HexLine[] = [];
	for (let at = 0; at < Math.min(bytes.length, limit); at += perLine) {
		const part = [...bytes.subarray(at, Math.min(at + perLine, limit))];
		lines.push({
			at: at.toString(16).padStart(4, '0'),
			hex: part.map((b) => b.toString(16).padStart(2, '0')).join(' '),
			text: part.map((b) => (b >= 0x20 && b < 0x7f ? String.fromCharCode(b) : '·')).join(''),
		});
	}
	return lines;
}

/** The bytes that a base64 text stands for. */
export function bytesOf(base64: string): Uint8Array {
	return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}
