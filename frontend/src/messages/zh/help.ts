import type { help as en } from '../en/help';

export const help: typeof en = {
	title: '快捷键',
};
