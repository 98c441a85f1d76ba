import { expect, it } from 'vitest';
import { hostAndPort, onWaitScale } from './place';

it('takes the port off an address of either family', () => {
	expect(hostAndPort('192.168.1.20:52144')).toEqual(['192.168.1.20', ':52144']);
	expect(hostAndPort('[fe80::1]:52144')).toEqual(['[fe80::1]', ':52144']);
});

it('puts a wait on a log scale from 1 ms to 10 s', () => {
	expect([0, 0.2, 1, 100, 10_000, 1e6].map(onWaitScale)).toEqual([0, 0, 0, 0.5, 1, 1]);
});
