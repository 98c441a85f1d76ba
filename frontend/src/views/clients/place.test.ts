import { expect, it } from 'vitest';
import { hostAndPort, secondsMissed, tripText } from './place';

it('takes the port off an address of either family', () => {
	expect(hostAndPort('192.168.1.20:52144')).toEqual(['192.168.1.20', ':52144']);
	expect(hostAndPort('[fe80::1]:52144')).toEqual(['[fe80::1]', ':52144']);
});

it.each([
	[0.21, '0.2 ms'],
	[9.96, '10 ms'],
	[184.4, '184 ms'],
	[1234, '1.2 s'],
	[120_000, '120 s'],
])('writes a round trip of %d ms as %s', (ms, text) => expect(tripText(ms).join(' ')).toBe(text));

it('counts the seconds in which messages were missed', () => {
	expect(secondsMissed(new Uint8Array([0, 255, 254, 255]))).toBe(2);
});
