import { parseNumber } from '$lib/format/number';
import { roomsIn } from '$lib/state/draft';
import type { NewRule } from '$lib/wire';

/** A rule as it is written: what is a list or a number in it is still text. */
export interface Written {
	rule: NewRule;
	/** Whether it sends data, or the last of a stream. */
	what: 'data' | 'last';
	/** With commas between. */
	rooms: string;
	/** In percent. */
	chance: string;
	last: string;
}

/** How many of the last are offered before anybody has said a number. */
const usualLast = 20;

export function written(rule: NewRule): Written {
	return {
		rule,
		what: rule.last > 0 ? 'last' : 'data',
		rooms: rule.rooms.join(', '),
		chance: String(Number((rule.probability * 100).toFixed(6))),
		last: String(rule.last || usualLast),
	};
}

/** Which fields are no numbers of their kind. The hub knows the rest. */
export function wrongIn({ what, chance, last }: Written): ReadonlySet<'chance' | 'last'> {
	const wrong = new Set<'chance' | 'last'>();
	const percent = parseNumber(chance);
	if (!(percent >= 0 && percent <= 100)) wrong.add('chance');
	const n = parseNumber(last);
	if (what === 'last' && !(Number.isInteger(n) && n > 0)) wrong.add('last');
	return wrong;
}

/** The rule that is meant, without what its act has no use for. */
export function meant({ rule, what, rooms, chance, last }: Written): NewRule {
	return {
		...rule,
		reply: rule.act === 'ack' ? '' : rule.reply,
		rooms: rule.act === 'broadcast' ? roomsIn(rooms) : [],
		data: what === 'data' ? rule.data : '',
		last: what === 'last' ? parseNumber(last) : 0,
		last_of: what === 'last' ? rule.last_of : '',
		delay: rule.delay.trim() || '0s',
		probability: parseNumber(chance) / 100,
	};
}
