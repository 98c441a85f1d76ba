import type { Counters, FeedFrame, FeedHello, FeedLane, Message, Point, Stream, Summary } from '$lib/wire';

/** One kind of message in the made-up traffic. */
interface Kind {
	namespace: string;
	event: string;
	/** One in how many slots of its lane. */
	share: number;
	data: (n: number) => unknown;
}

const symbols = ['AAPL', 'MSFT', 'NVDA', 'META'];
const kinds: Kind[] = [
	{ namespace: '/ws/rt_market', event: 'tick', share: 0.62, data: (n) => ({ symbol: symbols[n % 4], price: 231 + (n % 97) / 100, bid: 231.41, ask: 231.43, size: (n % 9) * 100, volume: 48_217_940 + n, venue: 'XNAS' }) },
	{ namespace: '/ws/rt_market', event: 'quote', share: 0.24, data: (n) => ({ symbol: symbols[n % 4], bid: 231.4, bid_size: (n % 20) * 100, ask: 231.43, ask_size: 300 }) },
	{ namespace: '/ws/rt_market', event: 'trade', share: 0.13, data: (n) => ({ symbol: 'AAPL', price: 231.25, size: n % 400 }) },
	{ namespace: '/ws/rt_market', event: 'depth', share: 0.01, data: () => ({ levels: 10 }) },
	{ namespace: '/ws/sensors', event: 'vibration', share: 0.6, data: (n) => ({ device: 'pump-3', rms: 0.43 + (n % 10) / 1000, peak: 1.22, hz: 49.98 }) },
	{ namespace: '/ws/sensors', event: 'temperature', share: 0.25, data: (n) => ({ device: 'pump-3', celsius: 61.2 + (n % 7) / 10 }) },
	{ namespace: '/ws/sensors', event: 'power', share: 0.15, data: () => ({ device: 'pump-3', watts: 742.1 }) },
	{ namespace: '/ws', event: 'message', share: 0.5, data: (n) => JSON.stringify({ text: `hello ${n}`, from: 'flask' }) },
	{ namespace: '/ws', event: 'message_back', share: 0.5, data: () => ({ result: 'OK' }) },
];
const lanes = [
	{ namespace: '/ws/rt_market', periodMs: 10 },
	{ namespace: '/ws/sensors', periodMs: 50 },
	{ namespace: '/ws', periodMs: 0 },
];

const frameMs = 50;

/** Text of a time as the hub writes it; ns are whole. */
export function wireTime(ms: number): string {
	return new Date(Math.floor(ms)).toISOString().replace('Z', `${String(Math.round((ms % 1) * 1e6)).padStart(6, '0')}Z`);
}

/**
 * Made-up traffic of a hub, always the same: three lanes, nine streams, a late
 * emit now and then, and a lost message. Time moves only with frame().
 */
export class Traffic {
	#ms: number;
	#seq = 48_000;
	#seed = 7;
	#counters: Counters = { accepted: 0, emitted: 0, received: 0, dropped: 0, dropped_on_purpose: 0, rejected: 0, missed_slots: 0, late: 0, delivered: 0 };
	#points: Point[] = [];
	#second = { emitted: 0, late: 0, dropped: 0, delivered: 0, worst: 0 };
	#counts = new Map<string, number>();
	#emittedAt = new Map<string, number>(); // of the last emit of each stream
	/** Every message made so far, newest first; at most 500. */
	messages: Message[] = [];

	constructor(startMs: number) {
		this.#ms = Math.floor(startMs / 1000) * 1000;
	}

	/** What the hub knows of the minute before: it was busy all the time. */
	warmUp(seconds: number): void {
		for (let i = 0; i < (seconds * 1000) / frameMs; i++) this.frame();
	}

	hello(address = '192.168.1.20:8092', onLan = true): FeedHello {
		return {
			type: 'hello',
			version: '0.1.0',
			started: wireTime(this.#ms - 3_600_000),
			scopes: 'view publish admin',
			sharing: { on: onLan, open_view: false, address },
			faults: [],
			late_floor_us: 500,
			late_share: 0.05,
			points: this.#points.slice(-60),
			alerts: [],
			recordings: { running: [], flight: 'recording' },
		};
	}

	/** The next 50 ms. */
	frame(): FeedFrame {
		const from = this.#ms;
		this.#ms += frameMs;
		const rows: Summary[] = [];
		const feedLanes = lanes.map((lane): FeedLane => {
			const ago: number[] = [];
			const late: number[] = [];
			for (let at = from; at < this.#ms; at += lane.periodMs || 110 + this.#random() * 200) {
				if (lane.periodMs === 0 && this.#random() > 0.4) continue;
				const us = this.#lateness();
				rows.push(this.#emit(lane.namespace, at, us));
				ago.push(Math.round((this.#ms - at) * 1000));
				late.push(us);
			}
			return { namespace: lane.namespace, depth: lane.periodMs === 10 ? 3 : 0, capacity: 5000, period_us: lane.periodMs * 1000, ago_us: ago, late_us: late };
		});
		rows.sort((a, b) => (a.time < b.time ? -1 : 1));
		const frame: FeedFrame = { type: 'frame', time: wireTime(this.#ms), counters: { ...this.#counters }, clients: 214, slow: 3, lanes: feedLanes, messages: rows, query: 0, matched: rows.length, hits: 0, ended: rows.length, lost: 0 };
		if (this.#ms % 1000 === 0) frame.second = this.#closeSecond();
		return frame;
	}

	#emit(namespace: string, at: number, us: number): Summary {
		const kind = this.#pick(namespace);
		const seq = ++this.#seq;
		const isLost = namespace === '/ws/sensors' && this.#random() < 0.003;
		const data = kind.data(seq);
		const text = JSON.stringify(data);
		const limit = Math.max(500, (lanes.find((l) => l.namespace === namespace)?.periodMs ?? 0) * 50);
		const emitted = at + us / 1000;
		const sockets = isLost ? 0 : namespace === '/ws/rt_market' ? 214 : 41;
		const key = `${namespace} ${kind.event}`;
		this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
		const before = this.#emittedAt.get(key);
		if (!isLost) this.#emittedAt.set(key, emitted);
		this.#counters.accepted++;
		if (isLost) this.#counters.dropped++;
		else this.#counters.emitted++;
		if (us > limit) this.#counters.late++;
		this.#counters.delivered += sockets;
		this.#second.emitted += isLost ? 0 : 1;
		this.#second.dropped += isLost ? 1 : 0;
		this.#second.late += us > limit ? 1 : 0;
		this.#second.delivered += sockets;
		this.#second.worst = Math.max(this.#second.worst, us);
		this.messages.unshift({
			id: '01JD2Z0000000000000000000', seq, namespace, event: kind.event, data,
			rooms: kind.event === 'tick' ? ['AAPL'] : [], origin: { door: 'rest', address: '192.168.1.31' },
			outcome: isLost ? 'dropped' : 'emitted', size: text.length, sockets,
			source_time: wireTime(at - 12.627879), accepted_time: wireTime(at - 10.785098), due_time: wireTime(at),
			...(isLost ? { reason: 'replaced' } : { emitted_time: wireTime(emitted), lateness: `${us}µs` }),
		});
		this.messages.length = Math.min(this.messages.length, 500);
		return {
			seq, namespace, event: kind.event, time: wireTime(emitted), preview: text.slice(0, 256), size: text.length, sockets,
			late_us: us, late: us > limit, outcome: isLost ? 'dropped' : 'emitted',
			...(isLost ? { reason: 'replaced' } : before === undefined ? {} : { gap_us: (emitted - before) * 1000 }),
		};
	}

	#closeSecond() {
		const s = this.#second;
		const point: Point = {
			time: wireTime(this.#ms - 1000), accepted: s.emitted, emitted: s.emitted, dropped: s.dropped, missed_slots: 0,
			late: s.late, delivered: s.delivered, depth: 3, lateness_p50_us: 9, lateness_p90_us: 9, lateness_p99_us: s.worst, lateness_max_us: s.worst,
		};
		this.#points.push(point);
		this.#second = { emitted: 0, late: 0, dropped: 0, delivered: 0, worst: 0 };
		const minute = this.#points.slice(-60);
		const sum = (of: (p: Point) => number) => minute.reduce((total, p) => total + of(p), 0);
		const quantiles = { count: 7812, p50_us: 9, p90_us: 31, p99_us: 214, max_us: 840 };
		return {
			point,
			lane_points: lanes.map((l) => ({ namespace: l.namespace, point })),
			lateness: quantiles,
			lanes: lanes.map((l) => ({ namespace: l.namespace, counters: this.#counters, lateness: quantiles, interval_error: quantiles, queue_wait: quantiles })),
			streams: kinds.map((k): Stream => {
				const lane = lanes.find((l) => l.namespace === k.namespace);
				const perSecond = (lane?.periodMs ? 1000 / lane.periodMs : 8.4) * k.share;
				return {
					namespace: k.namespace, event: k.event, count: this.#counts.get(`${k.namespace} ${k.event}`) ?? 0,
					per_second: perSecond * (0.97 + 0.06 * this.#random()), last_seen: wireTime(this.#ms - this.#random() * (1000 / perSecond)),
				};
			}),
			late_minute: sum((p) => p.late),
			lost_minute: sum((p) => p.dropped),
			emits_minute: sum((p) => p.emitted),
		};
	}

	#lateness(): number {
		const r = this.#random();
		if (r < 0.0012) return 600 + Math.round(300 * this.#random());
		return Math.round(3 + 14 * this.#random() ** 2 + (r > 0.97 ? 180 * this.#random() : 0));
	}

	#pick(namespace: string): Kind {
		const of = kinds.filter((k) => k.namespace === namespace);
		let r = this.#random();
		for (const kind of of) {
			r -= kind.share;
			if (r <= 0) return kind;
		}
		return of[0] as Kind;
	}

	/** The same numbers every time, so that a failing picture can be made again. */
	#random(): number {
		this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2 ** 31;
		return this.#seed / 2 ** 31;
	}
}
