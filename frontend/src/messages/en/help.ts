/** Words of the sheet of all keys. */
export const help = {
	title: 'Keys',
};
