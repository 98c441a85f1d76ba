import { recall, remember } from '$lib/host/remember';

/** How long an offset may be used again, in ms: zones change theirs at full quarters of an hour. */
const quarterMs = 900_000;

/** So many offsets are kept, enough for hours of times in disorder. */
const mostKept = 1024;

/** The reader's own zone, as the system has it. */
export const ownZone = '';

/** In which zone every time on the page is told. */
export class Zone {
	/** '' for the reader's own, "UTC", or a name such as "Asia/Tokyo". */
	name = $state(ownZone);

	#format: Intl.DateTimeFormat | null = null;
	#formatOf = '';
	#offsets = new Map<number, number>(); // of #formatOf, by quarter of an hour

	/** Takes what was chosen before. */
	start(): void {
		const before = recall('zone');
		if (before !== null && isZone(before)) this.name = before;
	}

	use(name: string): void {
		if (!isZone(name)) return;
		this.name = name;
		remember('zone', name);
	}

	/** How far the zone's clocks are ahead of UTC at a time, in ms. */
	offset(ms: number): number {
		if (this.name === 'UTC') return 0;
		if (this.name === ownZone) return -new Date(ms).getTimezoneOffset() * 60_000;
		if (this.#formatOf !== this.name) {
			this.#format = formatOf(this.name);
			this.#formatOf = this.name;
			this.#offsets.clear();
		}
		const quarter = Math.floor(ms / quarterMs);
		let offset = this.#offsets.get(quarter);
		if (offset === undefined) {
			if (this.#offsets.size >= mostKept) this.#offsets.clear();
			offset = this.#ask(quarter * quarterMs);
			this.#offsets.set(quarter, offset);
		}
		return offset;
	}

	/** The one way a browser tells it: by what clocks show. */
	#ask(ms: number): number {
		const part = new Map(this.#format?.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
		const of = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0;
		return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(ms / 1000) * 1000;
	}
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
	const number = 'numeric';
	return new Intl.DateTimeFormat('en-US', {
		timeZone, hourCycle: 'h23', year: number, month: number, day: number, hour: number, minute: number, second: number,
	});
}

/** Whether the browser knows a zone by this name. */
export function isZone(name: string): boolean {
	if (name === ownZone) return true;
	try {
		formatOf(name);
		return true;
	} catch {
		return false;
	}
}

/** Every zone the browser knows, by name; UTC alone where it does not tell. */
export function allZones(): string[] {
	const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : [];
	return ['UTC', ...known.filter((name) => name !== 'UTC')];
}

/** The page has one zone. */
export const timeZone = new Zone();
