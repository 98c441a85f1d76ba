import type { Page } from 'playwright-core';

/** What a page's main thread did; all times in ms. */
export interface Work {
	framesPerSecond: number;
	/** All work from one frame's beginning to the next one's, by the clock: other programs' time is in it too. */
	perFrame: Percentiles;
	/** The same, only while the thread had a processor. */
	perFrameCPU: Percentiles;
	longestTask: number;
	tasksOver50: number;
	/** The share of the time in which the main thread worked. */
	busy: number;
}

export interface Percentiles {
	p50: number;
	p95: number;
	p99: number;
	max: number;
}

/** One event of Chromium's trace; times in µs. */
interface TraceEvent {
	name: string;
	pid: number;
	tid: number;
	ts: number;
	dur?: number;
	tdur?: number; // of the thread
	args?: { name?: string };
}

interface Task {
	at: number; // µs
	ms: number;
	cpu: number; // ms
}

/** What one part of the trace says of the main thread. */
interface Part {
	frames: number[]; // when each began
	tasks: Task[];
}

/** A trace that is too long fills the browser's buffer, so it is taken in parts. */
const partSeconds = 10;

/** Watches a page's main thread for some seconds. */
export async function watchMainThread(page: Page, seconds: number): Promise<Work> {
	const parts: Part[] = [];
	for (let left = seconds; left > 0; left -= partSeconds) parts.push(await trace(page, Math.min(left, partSeconds)));
	const tasks = parts.flatMap((p) => p.tasks.map((t) => t.ms));
	return {
		framesPerSecond: round(parts.reduce((sum, p) => sum + p.frames.length, 0) / seconds),
		perFrame: percentiles(parts.flatMap((p) => workPerFrame(p, (t) => t.ms))),
		perFrameCPU: percentiles(parts.flatMap((p) => workPerFrame(p, (t) => t.cpu))),
		longestTask: round(tasks.reduce((most, ms) => Math.max(most, ms), 0)),
		tasksOver50: tasks.filter((ms) => ms > 50).length,
		busy: round(tasks.reduce((sum, ms) => sum + ms, 0) / (seconds * 1000)),
	};
}

async function trace(page: Page, seconds: number): Promise<Part> {
	const session = await page.context().newCDPSession(page);
	const events: TraceEvent[] = [];
	session.on('Tracing.dataCollected', ({ value }) => {
		const named = value as unknown as TraceEvent[];
		for (const e of named) if (e.name === 'thread_name' || e.name === task || e.name === frame) events.push(e);
	});
	const complete = new Promise<void>((resolve) => void session.once('Tracing.tracingComplete', () => resolve()));
	await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline.frame', '__metadata'] } });
	await page.waitForTimeout(seconds * 1000);
	await session.send('Tracing.end');
	await complete;
	await session.detach();
	const main = events.find((e) => e.name === 'thread_name' && e.args?.name === 'CrRendererMain');
	const mine = events.filter((e) => e.pid === main?.pid && e.tid === main.tid).sort((a, b) => a.ts - b.ts);
	const tasks = mine.filter((e) => e.name === task).map((e) => ({ at: e.ts, ms: (e.dur ?? 0) / 1000, cpu: (e.tdur ?? e.dur ?? 0) / 1000 }));
	if (tasks.length === 0) throw new Error('the trace says nothing of the page');
	return { frames: mine.filter((e) => e.name === frame).map((e) => e.ts), tasks: outermost(tasks) };
}

const task = 'ThreadControllerImpl::RunTask';
const frame = 'BeginMainThreadFrame';

function workPerFrame({ frames, tasks }: Part, of: (task: Task) => number): number[] {
	const work = new Array<number>(Math.max(0, frames.length - 1)).fill(0);
	let now = -1;
	for (const one of tasks) {
		// A frame begins inside the task that draws it.
		while (now + 1 < frames.length && (frames[now + 1] ?? 0) <= one.at + one.ms * 1000) now++;
		if (now >= 0 && now < work.length) work[now] = (work[now] ?? 0) + of(one);
	}
	return work;
}

/** Tasks that run inside another one are part of it. */
function outermost(tasks: readonly Task[]): Task[] {
	const out: Task[] = [];
	let end = Number.NEGATIVE_INFINITY;
	for (const one of tasks) {
		if (one.at < end) continue;
		end = one.at + one.ms * 1000;
		out.push(one);
	}
	return out;
}

function percentiles(all: number[]): Percentiles {
	all.sort((a, b) => a - b);
	const at = (share: number) => round(all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? 0);
	return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

const round = (n: number) => Math.round(n * 100) / 100;
