/** Words of the screen Timing. */
export const timing = {
	name: 'Timing',
};
