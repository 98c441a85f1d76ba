import type { start as en } from '../en/start';

export const start: typeof en = {
	title: '正在启动',
};
