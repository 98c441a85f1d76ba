/** Words of what the desktop window shows before its hub runs. */
export const start = {
	title: 'Starting',
};
