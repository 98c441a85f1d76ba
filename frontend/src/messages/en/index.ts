import { access } from './access';
import { alerts } from './alerts';
import { audit } from './audit';
import { clients } from './clients';
import { compose } from './compose';
import { faults } from './faults';
import { experiment } from './experiment';
import { find } from './find';
import { frame } from './frame';
import { help } from './help';
import { lane } from './lane';
import { live } from './live';
import { plots } from './plots';
import { program } from './program';
import { refusals } from './refusals';
import { rules } from './rules';
import { settings } from './settings';
import { share } from './share';
import { simulator } from './simulator';
import { start } from './start';
import { tape } from './tape';
import { timing } from './timing';

/** Every word on screen, a file for each screen. A sentence with a value in it is a function. */
export const en = {
	locale: 'en',
	/** The other language, in itself. */
	other: '中文',
	...frame,
	...live,
	access,
	alerts,
	audit,
	clients,
	compose,
	faults,
	experiment,
	find,
	help,
	lane,
	plots,
	program,
	refusals,
	rules,
	settings,
	share,
	simulator,
	start,
	tape,
	timing,
};

/** The shape every language must have; a missing word fails the type check. */
export type Words = typeof en;
