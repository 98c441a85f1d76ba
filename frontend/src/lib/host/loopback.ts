/** Whether a host, with a port or without, is this machine and no other can reach it by that name. */
export function isLoopback(host: string): boolean {
	return /^(127\.|localhost(:|$)|\[::1\])/.test(host);
}
