/** Words of the screen Tape. */
export const tape = {
	name: 'Tape',
};
