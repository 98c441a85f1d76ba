import type { Words } from '$messages';
import type { Alert, AlertEvent } from '$lib/wire';

/** What the hub watches. */
export type Condition = Alert['when'];

/** A value of a condition with its unit: "10.4 s". */
export function amount(words: Words, when: string, value: number): string {
	const w = words.alerts;
	return w.amount(String(Number(value.toPrecision(4))), w.unit[when as Condition] ?? '');
}

/** An alert's name as a reader should see it: those that came with the hub have one in each language. */
export function alertName(words: Words, name: string): string {
	return words.alerts.builtIn[name] ?? name;
}

/** What an event tells, as a sentence. */
export function alerted(words: Words, event: AlertEvent): string {
	const w = words.alerts;
	const say = w.said[event.when as Condition] as ((value: string, where: string, limit: string) => string) | undefined;
	if (!say) return event.where ?? ''; // of a newer hub
	return say(amount(words, event.when, event.value), event.where ?? '', amount(words, event.when, event.limit));
}
