import type { clients as en } from '../en/clients';

export const clients: typeof en = {
	name: '客户端',
};
