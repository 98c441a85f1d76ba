import { expect, it } from 'vitest';
import { hostAndPort } from './place';

it('takes the port off an address of either family', () => {
	expect(hostAndPort('192.168.1.20:52144')).toEqual(['192.168.1.20', ':52144']);
	expect(hostAndPort('[fe80::1]:52144')).toEqual(['[fe80::1]', ':52144']);
});
