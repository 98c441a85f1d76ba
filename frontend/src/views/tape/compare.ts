import { count, microsText, period } from '$lib/format/number';
import { perDecade } from '$lib/state/steps';
import { decadeName, type LogAxis, logAxis } from '$lib/ui/plot/axis';
import { type Ink, plotFont } from '$lib/ui/plot/ink';
import type { Ratio, SpanComparison, SpanFigures, Spread } from '$lib/wire';
import type { Words } from '$messages';

type Pen = CanvasRenderingContext2D;
type Said = Words['tape']['beside'];

/** The series colours of the two. */
export const colourA = 6;
export const colourB = 1;

/** What may be said of the two spans. */
export type Verdict =
	| { kind: 'nothing' } // too few intervals
	| { kind: 'little' } // too few to say how sure it is
	| { kind: 'same' } // they are alike, as far as so many can tell
	| { kind: 'steadier'; who: 'A' | 'B'; times: number; sure: boolean };

/** A difference smaller than this is not worth a word, and one that may be chance is only where it is large. */
const leastTimes = 1.05;
const leastByChance = 1.5;

export function verdictOf({ p99 }: SpanComparison): Verdict {
	if (!(p99.times > 0)) return { kind: 'nothing' };
	const times = Math.max(p99.times, 1 / p99.times);
	if (!(p99.high > 0)) return { kind: 'little' };
	const isApart = p99.low > 1 || p99.high < 1;
	if (times < leastTimes || (!isApart && times < leastByChance)) return { kind: 'same' };
	return { kind: 'steadier', who: p99.times > 1 ? 'B' : 'A', times, sure: isApart };
}

/** "41", or "1.8" where a digit more tells something. */
export function timesText(times: number): string {
	return times < 9.95 ? times.toFixed(1) : count(times);
}

/** The verdict in words, in which `code`, ** and ~ mark what is set apart. */
export function verdictText(found: SpanComparison, w: Said): string {
	const verdict = verdictOf(found);
	const [a, b] = [microsText(found.a.interval_error.p99_us), microsText(found.b.interval_error.p99_us)];
	if (verdict.kind === 'nothing') return w.nothing;
	if (verdict.kind === 'little') return w.little(a, b);
	if (verdict.kind === 'same') return w.same(a, b);
	const say = verdict.sure ? w.steadier : w.maySteadier;
	return verdict.who === 'B' ? say('B', timesText(verdict.times), b, a) : say('A', timesText(verdict.times), a, b);
}

/** A stretch of a sentence, and how it is set apart. */
export interface Stretch {
	kind: 'plain' | 'strong' | 'data' | 'name';
	text: string;
}

export function stretchesOf(sentence: string): Stretch[] {
	return sentence.split(/(\*\*.+?\*\*|`.+?`|~.+?~)/).filter(Boolean).map((text) => {
		if (text.startsWith('**')) return { kind: 'strong', text: text.slice(2, -2) };
		if (text.startsWith('`')) return { kind: 'data', text: text.slice(1, -1) };
		return text.startsWith('~') ? { kind: 'name', text: text.slice(1, -1) } : { kind: 'plain', text };
	});
}

/** The same without what sets apart. */
export function plainOf(sentence: string): string {
	return stretchesOf(sentence).map((s) => s.text).join('');
}

/** What the axis is about. */
export function axisText({ a, b }: SpanComparison, w: Said): string {
	const namespace = a.namespace === b.namespace ? a.namespace : `${a.namespace} / ${b.namespace}`;
	const [askedA, askedB] = [period(a.asked_us), period(b.asked_us)];
	return askedA === askedB ? w.axis(askedA, namespace) : w.axisTwo(askedA, askedB, namespace);
}

/** How sure the verdict is; empty where there is nothing to be sure of. */
export function sureText({ p99, cut }: SpanComparison, w: Said): string {
	const { times, low, high } = p99;
	const range = times >= 1 ? [low, high] : [1 / high, 1 / low];
	const sure = times > 0 && low > 0 && Number.isFinite(high) ? w.sure(timesText(range[0] ?? 0), timesText(range[1] ?? 0)) : '';
	return [sure, cut ? w.cut : ''].filter(Boolean).join(' · ');
}

/** One line of the table. */
export interface Row {
	name: keyof Said['rows'];
	a: string;
	b: string;
	/** How many times what A has B has, or the other way; empty: it is no such figure. */
	times: string;
	/** Between what that lies. */
	sure: string;
}

export function rowsOf(found: SpanComparison, w: Said): Row[] {
	const { a, b } = found;
	const row = (name: Row['name'], tell: (f: SpanFigures) => string, ratio: Ratio | null = null): Row => ({
		name, a: tell(a), b: tell(b), times: ratio && ratio.times > 0 ? `${timesText(Math.max(ratio.times, 1 / ratio.times))}×` : '', sure: ratio && ratio.low > 0 ? `${timesText(ratio.low)}× – ${timesText(ratio.high)}×` : '',
	});
	const share = (f: SpanFigures) => (f.emitted > 0 ? f.late / f.emitted : 0);
	return [
		row('asked', (f) => (f.paced ? interval(f.asked_us) : `${interval(f.asked_us)} (${w.noPace})`)),
		row('mean', (f) => interval(f.mean_us)),
		row('p50', (f) => microsText(f.interval_error.p50_us), found.p50),
		row('p99', (f) => microsText(f.interval_error.p99_us), found.p99),
		row('max', (f) => microsText(f.interval_error.max_us), plainRatio(a.interval_error.max_us, b.interval_error.max_us)),
		row('late', (f) => w.lateOf(count(f.late), count(f.emitted)), plainRatio(share(a), share(b))),
		row('drift', (f) => drift(f.drift_us)),
		row('lost', (f) => count(f.lost)),
	];
}

/** A ratio that nobody knows the confidence of. */
function plainRatio(a: number, b: number): Ratio | null {
	return a > 0 && b > 0 ? { times: a / b, low: 0, high: 0 } : null;
}

/** "10.000 ms": as exact as its drift would show. */
function interval(us: number): string {
	if (us >= 1e6) return `${(us / 1e6).toFixed(3)} s`;
	return us >= 1000 ? `${(us / 1000).toFixed(3)} ms` : `${us.toFixed(1)} µs`;
}

function drift(us: number): string {
	if (Math.abs(us) < 0.5) return '0';
	return `${us < 0 ? '−' : '+'}${interval(Math.abs(us))}`;
}

/** A drift of less than one interval is none: nothing has added up. */
function keeps({ drift_us, asked_us }: SpanFigures): boolean {
	return Math.abs(drift_us) < Math.max(asked_us, 1000);
}

/** Why they differ, as far as the figures say. */
export function whyText({ a, b }: SpanComparison, w: Said): string {
	const [askedA, askedB] = [period(a.asked_us), period(b.asked_us)];
	const both = [['A', a], ['B', b]] as const;
	const parts: string[] = [];
	if (!a.paced && !b.paced) parts.push(w.whyNoPace(askedA, askedB));
	else if (!a.paced) parts.push(w.whyOne('B', askedB, 'A'));
	else if (!b.paced) parts.push(w.whyOne('A', askedA, 'B'));
	else parts.push(askedA === askedB ? w.whySame(askedA) : w.whyTwo(askedA, askedB));
	const kept = both.filter(([, f]) => keeps(f)).map(([who]) => who);
	for (const [who, f] of both) {
		if (keeps(f)) continue;
		const each = microsText(Math.abs(f.mean_us - f.asked_us));
		parts.push(f.mean_us > f.asked_us ? w.whyBehind(who, each) : w.whyAhead(who, each));
	}
	if (kept.length > 0) parts.push(w.whyKept(kept.length === 2 ? w.both : (kept[0] ?? '')));
	return parts.join(' ');
}

/** An axis that has room for both. */
export function axisOf({ a, b }: SpanComparison): LogAxis {
	return logAxis(Math.max(a.interval_error.max_us, b.interval_error.max_us));
}

const namesHeight = 18;

/** Both spreads over one another, the first dashed; and what is between their 99th percentiles. */
export function drawCompared(pen: Pen, ink: Ink, found: SpanComparison, width: number, height: number): void {
	const floor = height - namesHeight;
	const axis = axisOf(found);
	const place = (us: number) => Math.min(width - 1, Math.round(axis.place(us) * width));
	drawGrid(pen, ink, axis, width, floor);
	const [a, b] = [sharesOf(found.a.interval_spread), sharesOf(found.b.interval_spread)];
	const top = Math.max(...a, ...b, 0.01) * 1.28; // room for the names of the marks
	const [inkA, inkB] = [ink.series[colourA] ?? ink.text2, ink.series[colourB] ?? ink.accent];
	drawShape(pen, a, axis, top, width, floor, inkA, [5, 2]);
	drawShape(pen, b, axis, top, width, floor, inkB, []);
	const [p99A, p99B] = [found.a.interval_error.p99_us, found.b.interval_error.p99_us];
	const [xA, xB] = [place(p99A), place(p99B)];
	const isALeft = xA < xB;
	drawMark(pen, `A p99 ${microsText(p99A)}`, xA, inkA, isALeft, width, floor);
	drawMark(pen, `B p99 ${microsText(p99B)}`, xB, inkB, !isALeft, width, floor);
	const verdict = verdictOf(found);
	if (verdict.kind === 'steadier' && Math.abs(xA - xB) > 24) drawBetween(pen, ink, Math.min(xA, xB), Math.max(xA, xB), `${timesText(verdict.times)}×`);
}

/** The share of each bucket. */
function sharesOf(spread: Spread | undefined): number[] {
	if (!spread) return [];
	const sum = spread.counts.reduce((n, c) => n + c, 0);
	return sum > 0 ? [...Array.from({ length: spread.first }, () => 0), ...spread.counts.map((n) => n / sum)] : [];
}

/** Steps, a tenth of a decade each: nothing is drawn that nobody measured. */
function drawShape(pen: Pen, shares: readonly number[], axis: LogAxis, top: number, width: number, floor: number, colour: string, dash: number[]): void {
	if (shares.length === 0) return;
	const wide = width / (axis.decades * perDecade);
	pen.beginPath();
	pen.moveTo(0, floor);
	for (const [i, share] of shares.entries()) {
		const y = floor - (share / top) * floor;
		pen.lineTo(i * wide, y);
		pen.lineTo((i + 1) * wide, y);
	}
	pen.lineTo(shares.length * wide, floor);
	pen.fillStyle = pen.strokeStyle = colour;
	pen.globalAlpha = 0.15;
	pen.fill();
	pen.globalAlpha = 1;
	pen.lineWidth = 1.5;
	pen.setLineDash(dash);
	pen.stroke();
	pen.setLineDash([]);
}

function drawMark(pen: Pen, text: string, x: number, colour: string, isLeft: boolean, width: number, floor: number): void {
	pen.fillStyle = colour;
	pen.fillRect(x, 18, 1, floor - 18);
	pen.font = plotFont(11);
	pen.textBaseline = 'alphabetic';
	const wide = pen.measureText(text).width;
	const before = isLeft ? x - 6 - wide >= 0 : x + 6 + wide > width;
	pen.textAlign = before ? 'right' : 'left';
	pen.fillText(text, before ? x - 6 : x + 6, before === isLeft ? 27 : 13); // not over the other's
}

function drawBetween(pen: Pen, ink: Ink, left: number, right: number, text: string): void {
	const y = 40.5;
	pen.strokeStyle = pen.fillStyle = ink.text;
	pen.lineWidth = 1;
	pen.beginPath();
	pen.moveTo(left, y);
	pen.lineTo(right, y);
	for (const [x, by] of [[left, 5], [right, -5]] as const) {
		pen.moveTo(x + by, y - 3);
		pen.lineTo(x, y);
		pen.lineTo(x + by, y + 3);
	}
	pen.stroke();
	pen.font = plotFont(11);
	pen.textAlign = 'center';
	pen.fillText(text, (left + right) / 2, y + 14);
}

function drawGrid(pen: Pen, ink: Ink, axis: LogAxis, width: number, floor: number): void {
	pen.font = plotFont();
	pen.textBaseline = 'alphabetic';
	for (let power = 0; power <= axis.decades; power++) {
		const x = Math.min(Math.round((power / axis.decades) * width), width - 1);
		pen.fillStyle = ink.gridStrong;
		pen.fillRect(x, 0, 1, floor);
		pen.fillStyle = ink.grid;
		if (power < axis.decades) for (const digit of [2, 5]) pen.fillRect(Math.round(axis.place(digit * 10 ** power) * width), 0, 1, floor);
		pen.fillStyle = ink.text3;
		pen.textAlign = power === 0 ? 'left' : power === axis.decades ? 'right' : 'center';
		pen.fillText(decadeName(power), power === axis.decades ? width : x, floor + 14);
	}
	pen.fillStyle = ink.line;
	pen.fillRect(0, floor, width, 1);
}
