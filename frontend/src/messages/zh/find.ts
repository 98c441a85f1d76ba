import type { find as en } from '../en/find';

export const find: typeof en = {
	title: '查找任何内容',
	placeholder: '界面、消息流、通道、客户端、已保存的查询、图板、设置、消息编号或查询',
	close: 'Esc',
	count: (n) => `找到 ${n} 项`,
	parts: {
		message: '消息',
		recent: '最近使用',
		screens: '界面',
		acts: '操作',
		streams: '消息流',
		lanes: '通道',
		clients: '客户端',
		queries: '已保存的查询',
		boards: '图板',
		settings: '设置',
		query: '查询',
	},
	message: (n) => `显示消息 #${n}`,
	gone: (n) => `消息 #${n} 已不再保留，或从未存在。`,
	query: (text) => `列出符合此查询的消息：${text}`,
	pause: '暂停列表',
	goOn: '回到最新消息',
	theme: '切换深色与浅色',
	link: '复制此视图的链接',
	copyMessage: '复制选中的消息',
};
