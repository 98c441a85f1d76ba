import type { tape as en } from '../en/tape';

export const tape: typeof en = {
	name: '录制',
	recordings: '录制列表',
	none: '这个版本还不能录制，所以没有可列出的内容。',
	title: '没有任何录制。',
	lead: '服务只在内存中保存最新的消息，停止后就会忘记。',
	kept: '目前保存',
	messages: '条消息',
	atMost: '最多 20,000 条或 64 MiB，先到者为准；最旧的先离开',
	save: '用文件保存更多',
	from: '保存的内容',
	now: '从现在起',
	keptToo: '包括已保存的',
	program: '使用 emitscope',
	nowNote: '服务器推送事件（SSE），每条都有序号和时间，按 Ctrl C 结束。',
	keptNote: '同上，但先写出已保存的最新消息：4,096 条或 8 MiB，除非另有设置。',
	programNote: '每行一个 JSON 对象，便于读回；使用的就是运行本服务的程序。',
	page: '一次取最新的 1,000 条',
	pageNote: '一个 JSON 答复，包含每条消息的全部信息及其四个时间。要取更早的，用末尾给出的序号再请求一次：&before=…',
};
