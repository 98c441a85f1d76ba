import type { Condition } from '$lib/alerted';
import type { AskedAlert } from '$lib/api/rest';
import { parseNumber } from '$lib/format/number';
import type { Alert } from '$lib/wire';

/** What can be watched, in the order it is offered. */
export const conditions: readonly Condition[] = ['silence', 'rate_below', 'rate_above', 'lateness', 'interval_error', 'queue', 'drops', 'lagging', 'shape'];

/** Limits to begin with, as the hub has them. */
const limits: Record<Condition, string> = {
	silence: '10', rate_below: '1', rate_above: '1000', lateness: '5', interval_error: '5', queue: '80', drops: '1', lagging: '1', shape: '3',
};

/** Whether a condition is about a stream, or all of a namespace, which must be named. */
export function isOfStream(when: Condition): boolean {
	return when === 'silence' || when === 'rate_below' || when === 'rate_above' || when === 'shape';
}

/** An alert as it is written: everything is text, and what is empty the hub chooses. */
export interface Draft {
	name: string;
	when: Condition;
	namespace: string;
	event: string;
	limit: string;
	clear: string;
	hold: string;
	clearHold: string;
	learn: string;
	webhook: string;
	keep: boolean;
}

/** A part of a draft, as the hub's codes name them: "alert_limit". */
export type Part = 'name' | 'when' | 'namespace' | 'event' | 'limit' | 'clear' | 'hold' | 'clear_hold' | 'learn' | 'webhook';

const text = (n: number | undefined) => (n === undefined ? '' : String(n));

/** An alert as somebody changes it; null: a new one. */
export function draftOf(alert: Alert | null): Draft {
	if (!alert) return { name: '', when: 'silence', namespace: '', event: '', limit: limits.silence, clear: '', hold: '', clearHold: '', learn: '', webhook: '', keep: false };
	const { name, when, namespace = '', event = '', limit, clear, hold = '', clear_hold: clearHold = '', learn, webhook = '', keep = false } = alert;
	return { name, when, namespace, event, limit: text(limit), clear: text(clear), hold, clearHold, learn: text(learn), webhook, keep };
}

/** The same draft with another condition: what belongs to the one before begins anew. */
export function withCondition(draft: Draft, when: Condition): Draft {
	return { ...draft, when, limit: limits[when], clear: '', hold: '', clearHold: '', learn: '', event: isOfStream(when) ? draft.event : '', namespace: when === 'lagging' ? '' : draft.namespace };
}

/** What cannot be read, by part; what it means the hub checks. */
export function unreadable(draft: Draft): Partial<Record<Part, 'name' | 'number' | 'time'>> {
	const wrong: Partial<Record<Part, 'name' | 'number' | 'time'>> = {};
	const isNumber = (value: string) => !Number.isNaN(parseNumber(value));
	const isTime = (value: string) => /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value.trim());
	if (draft.name.trim() === '') wrong.name = 'name';
	if (!isNumber(draft.limit)) wrong.limit = 'number';
	if (draft.clear.trim() !== '' && !isNumber(draft.clear)) wrong.clear = 'number';
	if (draft.learn.trim() !== '' && !/^\d+$/.test(draft.learn.trim())) wrong.learn = 'number';
	if (draft.hold.trim() !== '' && !isTime(draft.hold)) wrong.hold = 'time';
	if (draft.clearHold.trim() !== '' && !isTime(draft.clearHold)) wrong.clear_hold = 'time';
	return wrong;
}

/** What the hub is asked to watch. */
export function alertOf(draft: Draft, on: boolean): AskedAlert {
	const { when } = draft;
	const said = (value: string) => value.trim() || undefined;
	return {
		on,
		when,
		namespace: said(draft.namespace),
		event: said(draft.event),
		limit: parseNumber(draft.limit),
		clear: when === 'silence' || !said(draft.clear) ? undefined : parseNumber(draft.clear),
		hold: said(draft.hold),
		clear_hold: said(draft.clearHold),
		learn: when === 'shape' && said(draft.learn) ? parseNumber(draft.learn) : undefined,
		webhook: said(draft.webhook),
		keep: draft.keep,
	};
}
