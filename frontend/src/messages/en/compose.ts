/** Words of the screen Compose. */
export const compose = {
	name: 'Compose',
};
