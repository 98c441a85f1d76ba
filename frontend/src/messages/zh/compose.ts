import type { compose as en } from '../en/compose';

export const compose: typeof en = {
	name: '编写',
};
