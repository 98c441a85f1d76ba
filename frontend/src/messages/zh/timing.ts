import type { timing as en } from '../en/timing';

export const timing: typeof en = {
	name: '时序',
};
