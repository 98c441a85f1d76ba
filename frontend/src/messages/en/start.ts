/** Words of what the desktop window shows while its hub cannot be started. */
export const start = {
	taken: (port: string) => `Port ${port} is in use.`,
	takenDo: (next: string) => `End that program and try again, or use port ${next} for now. Programs that send here must then use ${next} too.`,
	takenAll: 'End that program and try again. The ports after it are in use, too.',
	inUse: 'Emitscope is running already.',
	inUseDo: 'Two hubs cannot share a data folder: they would give out the same message numbers. End the other one, such as “emitscope serve”, and try again.',
	settings: 'There is a mistake in the settings.',
	settingsDo: 'Correct it and try again.',
	other: 'The hub cannot start.',
	use: (next: string) => `Use port ${next} instead`,
	again: 'Try again',
	trying: 'Trying…',
};
