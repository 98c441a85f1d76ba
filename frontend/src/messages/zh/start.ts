import type { start as en } from '../en/start';

/** Words of what the desktop window shows while its hub cannot be started. */
export const start: typeof en = {
	taken: (port) => `端口 ${port} 已被占用。`,
	takenDo: (next) => `请结束占用它的程序后重试，或暂时改用端口 ${next}；向这里发送消息的程序也要改用 ${next}。`,
	takenAll: '请结束占用它的程序后重试。后面的端口也都被占用。',
	inUse: 'Emitscope 已在运行。',
	inUseDo: '两个服务不能共用一个数据文件夹，否则会发出相同的消息编号。请结束另一个（例如 “emitscope serve”）后重试。',
	settings: '设置有误。',
	settingsDo: '请改正这项设置后重试。',
	other: '服务无法启动。',
	use: (next) => `改用端口 ${next}`,
	again: '重试',
	trying: '正在重试…',
};
