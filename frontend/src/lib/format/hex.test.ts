import { expect, it } from 'vitest';
import { bytesOf, hexLines } from '$lib/format/hex';

it('shows bytes eight to a line, with what can be read of them', () => {
	expect(hexLines(bytesOf('SGVsbG8sIPCfkY0A/w=='), 4096)).toEqual([
		{ at: '0000', hex: '48 65 6c 6c 6f 2c 20 f0', text: 'Hello, ·' },
		{ at: '0008', hex: '9f 91 8d 00 ff', text: '·····' },
	]);
});

it('shows no byte beyond the limit', () => {
	expect(hexLines(new Uint8Array(100), 10).map((l) => l.hex)).toEqual(['00 00 00 00 00 00 00 00', '00 00']);
});
