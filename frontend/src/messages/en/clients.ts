/** Words of the screen Clients. */
export const clients = {
	name: 'Clients',
};
