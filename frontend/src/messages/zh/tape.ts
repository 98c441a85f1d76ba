import type { tape as en } from '../en/tape';

export const tape: typeof en = {
	name: '录制',
};
