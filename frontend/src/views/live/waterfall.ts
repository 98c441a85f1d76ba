import type { Stage } from './times';

/** One step between two times, as a bar with its name and length above it. */
export interface Step {
	name: Stage['name'];
	/** Where its bar begins and how long it is, in px. */
	x: number;
	width: number;
	label: { text: string; x: number; atEnd: boolean };
	/** How long it took; empty where the label says so itself. */
	took: string;
	/** It is too long to be drawn beside the others: its bar has a gap in it. */
	broken: boolean;
}

/** A time on the axis below. Times that are too near to be told apart share one name. */
export interface Mark {
	at: readonly number[]; // in px
	text: string;
	x: number;
	atEnd: boolean;
}

/** What to write at a step; took is its length in words. */
export type Say = (name: Stage['name']) => { text: string; took: string };

/** The narrowest bar that is still seen, in px. */
const leastBar = 2.5;

/** From so many ms on a step may be broken, where it is so many times as long as all others together. */
const longMs = 10_000;
const muchLonger = 10;

/** The part of the width that a broken step has. */
const brokenShare = 0.3;

/** Lays the steps between a message's times out over so many px. Times that never were have no step. */
export function waterfall(stages: readonly Stage[], width: number, say: Say, nameOf: (name: Stage['name']) => string): { steps: Step[]; marks: Mark[] } {
	const there = stages.filter((s) => s.at !== null);
	const all = there.reduce((sum, s) => sum + s.sinceMs, 0);
	if (all === 0) return { steps: [], marks: [] };
	const broken = there.find((s) => s.sinceMs > longMs && s.sinceMs > muchLonger * (all - s.sinceMs) && s.sinceMs < all);
	const rest = all - (broken?.sinceMs ?? 0);
	const shareOf = (s: Stage) => (s === broken ? brokenShare : (s.sinceMs / rest) * (broken ? 1 - brokenShare : 1));
	const steps: Step[] = [];
	const marks: Mark[] = [];
	let passed = 0;
	for (const stage of there) {
		const from = passed * width;
		passed += shareOf(stage);
		const to = passed * width;
		if (stage.sinceMs > 0) {
			const long = Math.max(leastBar, to - from);
			const { text, took } = say(stage.name);
			const room = width - textWidth(took) - (took ? 8 : 0);
			const x = Math.min(from, width - long);
			const atEnd = from + textWidth(text) > room;
			steps.push({ name: stage.name, x, width: long, label: { text, x: atEnd ? room : from, atEnd }, took, broken: stage === broken });
		}
		mark(marks, to, nameOf(stage.name), width);
	}
	return { steps, marks };
}

/** Adds a time to the axis; where its name would touch the one before it, they are told together. */
function mark(marks: Mark[], at: number, text: string, width: number): void {
	const atEnd = at + textWidth(text) > width;
	const begins = atEnd ? width - textWidth(text) : at;
	const before = marks.at(-1);
	if (!before || before.x + textWidth(before.text) + 6 <= begins) {
		marks.push({ at: [at], text, x: atEnd ? width : at, atEnd });
		return;
	}
	marks.pop();
	const [first = at] = before.at;
	const both = `${before.text}, ${text}`;
	const spills = first + textWidth(both) > width;
	marks.push({ at: [...before.at, at], text: both, x: spills ? width : first, atEnd: spills });
}

/** About how wide a text is in the small data type, in px: Chinese characters are as wide as they are high. */
export function textWidth(text: string): number {
	let px = 0;
	for (const c of text) px += c > '\u2e7f' ? 10 : 6.1;
	return px;
}
