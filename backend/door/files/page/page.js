'use strict';
// What is in this file: one element #about, then pairs of elements, .c with a piece's
// numbers and .m with its messages, a line each. Numbers of every message are kept in
// columns; a line is only parsed when it is shown. See page.go for what they have.
const $ = (id) => document.getElementById(id);
const about = JSON.parse($('about').textContent);
const ROW = 26;
const TALL = 8e6; // px: browsers make nothing higher than some millions
const KEPT = 24; // pieces whose lines are held

// Kinds of messages, as page.go numbers them.
const LATE = 1, DROPPED = 2, RECEIVED = 3, PURPOSE = 4;

const streams = []; // [namespace, event]
const origins = []; // [door, client, address, key, local]
const pieces = []; // {cols, node, start, base}
let total = 0;
let base; // BigInt: ns since 1970 of the first piece
let whole = false;

const column = (type) => ({ at: new type(1024) });
const time = column(Float64Array); // ns since base
const seq = column(Float64Array);
const gap = column(Float64Array); // ns since the message of its stream before; NaN: it is the first
const late = column(Float64Array); // ns; NaN: it was not emitted
const size = column(Float64Array);
const sockets = column(Uint32Array);
const of = column(Uint32Array); // its stream
const kind = column(Uint8Array);
const all = [time, seq, gap, late, size, sockets, of, kind];
const newest = []; // time of each stream's last message
const counts = []; // messages of each stream

function grow(to) {
	for (const c of all) {
		if (c.at.length >= to) continue;
		const more = new c.at.constructor(Math.max(to, c.at.length * 2));
		more.set(c.at);
		c.at = more;
	}
}

// each returns the i-th of what is one value for all, or a list.
const each = (values, i) => (Array.isArray(values) ? values[i] : values);

function absorb(cols, node) {
	const n = cols.n;
	const at = BigInt(cols.at);
	base ??= at;
	const offset = Number(at - base);
	for (const s of cols.streams ?? []) {
		streams.push(s);
		counts.push(0);
		newest.push(NaN);
	}
	for (const o of cols.origins ?? []) origins.push(o);
	grow(total + n);
	let number = 0;
	for (let k = 0, i = total; k < n; k++, i++) {
		const s = each(cols.s, k);
		number += cols.seq[k];
		const t = offset + each(cols.t, k);
		time.at[i] = t;
		seq.at[i] = number;
		gap.at[i] = t - newest[s];
		newest[s] = t;
		counts[s]++;
		const l = each(cols.l, k);
		late.at[i] = l === null ? NaN : l;
		size.at[i] = each(cols.z, k);
		sockets.at[i] = each(cols.r, k);
		of.at[i] = s;
		kind.at[i] = each(cols.k, k);
	}
	pieces.push({ cols, node, start: total });
	total += n;
}

let taken = null; // the last element that was looked at
function takeAll() {
	let more = false;
	for (let node = taken ? taken.nextElementSibling : $('about').nextElementSibling; node; node = node.nextElementSibling) {
		if (node.id === 'end') {
			whole = true;
		} else if (node.className === 'c') {
			const lines = node.nextElementSibling;
			// The last element may still be coming.
			if (!lines || (document.readyState === 'loading' && !lines.nextElementSibling)) break;
			let cols;
			try {
				cols = JSON.parse(node.textContent);
			} catch {
				break; // the file ends inside of it
			}
			node.textContent = '';
			absorb(cols, lines);
			more = true;
		}
		taken = node;
	}
	return more;
}

const held = new Map(); // piece → its lines, the newest last
function linesOf(p) {
	let lines = held.get(p);
	if (lines) held.delete(p);
	else lines = pieces[p].node.textContent.split('\n').slice(1); // the first one is empty
	held.set(p, lines);
	if (held.size > KEPT) held.delete(held.keys().next().value);
	return lines;
}

function pieceOf(i) {
	let low = 0;
	let high = pieces.length - 1;
	while (low < high) {
		const mid = (low + high + 1) >> 1;
		if (pieces[mid].start <= i) low = mid;
		else high = mid - 1;
	}
	return low;
}

/** What a line has: the payload as it is written, the id, and what few messages have. */
function messageAt(i) {
	const p = pieceOf(i);
	const [payload = '', id = '', rest = ''] = (linesOf(p)[i - pieces[p].start] ?? '').split('\t');
	return { payload, id, rest };
}

// Selection: which messages are listed.
let needle = '';
let only = 'all';
let stream = -1;
let hits = null; // Uint32Array; null: all
let found = 0;
let scanned = 0; // pieces
let scanning = 0; // number of the scan that goes on

const wanted = (i) => (stream < 0 || of.at[i] === stream) && (only === 'all' || (only === 'late' ? kind.at[i] === LATE : kind.at[i] === DROPPED));
const shown = () => (hits ? found : total);
const nth = (row) => (hits ? hits[row] : row);

function choose() {
	const keep = selected;
	scanning++;
	scanned = 0;
	found = 0;
	hits = needle || only !== 'all' || stream >= 0 ? new Uint32Array(1024) : null;
	go(0);
	if (hits) scan(scanning, keep);
	else {
		if (keep >= 0) reveal(keep);
		say();
	}
	paint();
}

function hit(i) {
	if (found === hits.length) {
		const more = new Uint32Array(hits.length * 2);
		more.set(hits);
		hits = more;
	}
	hits[found++] = i;
}

function scan(which, keep) {
	if (which !== scanning || !hits) return;
	const until = performance.now() + 14;
	const text = needle.toLowerCase();
	const raw = text.replaceAll('<', '\\u003c');
	const named = streams.map(([ns, event]) => text !== '' && (ns + ' ' + event).toLowerCase().includes(text));
	const number = /^\d+$/.test(text) ? Number(text) : -1;
	while (scanned < pieces.length && performance.now() < until) {
		const p = pieces[scanned];
		const n = p.cols.n;
		let lines = null;
		if (text !== '' && p.node.textContent.toLowerCase().includes(raw)) lines = p.node.textContent.toLowerCase().split('\n').slice(1);
		for (let k = 0, i = p.start; k < n; k++, i++) {
			if (wanted(i) && (text === '' || named[of.at[i]] || seq.at[i] === number || lines?.[k].includes(raw))) hit(i);
		}
		scanned++;
	}
	say();
	paint();
	if (scanned < pieces.length) setTimeout(scan, 0, which, keep);
	else if (keep >= 0 && rowOf(keep) >= 0) reveal(keep);
}

function say() {
	const busy = hits && scanned < pieces.length;
	let text = hits ? `${count(found)} of ${count(total)}${busy ? ' …' : ''}` : '';
	let bad = false;
	if (document.readyState !== 'loading' && !whole) {
		text = 'This file is not whole: it breaks off. ' + text;
		bad = true;
	} else if (document.readyState === 'loading') text = `reading: ${count(total)} …`;
	$('state').textContent = text;
	$('state').className = bad ? 'm lost' : 'm';
	const none = $('none');
	none.hidden = shown() > 0 || busy || document.readyState === 'loading';
	none.textContent = total ? 'No message is like that. Esc shows all again.' : 'This recording has no messages.';
}

/** The row of a message, or -1. */
function rowOf(i) {
	if (!hits) return i;
	let low = 0;
	let high = found - 1;
	while (low <= high) {
		const mid = (low + high) >> 1;
		if (hits[mid] === i) return mid;
		if (hits[mid] < i) low = mid + 1;
		else high = mid - 1;
	}
	return -1;
}

// Scrolling. `top` is the first row; beyond TALL a pixel is worth more than one row, so
// the wheel and keys move it themselves.
const box = $('rows');
let first = 0;
const inView = () => Math.max(1, Math.floor(box.clientHeight / ROW));
const last = () => Math.max(0, shown() - box.clientHeight / ROW);
const scaled = () => shown() * ROW > TALL;
let moved = -1; // where we have scrolled to ourselves

function go(row) {
	first = Math.min(Math.max(0, row), last());
	const to = scaled() ? (first / last()) * (TALL - box.clientHeight) : first * ROW;
	if (Math.abs(box.scrollTop - to) >= 1) {
		box.scrollTop = to;
		moved = box.scrollTop;
	}
	paint();
}

box.addEventListener('scroll', () => {
	if (Math.abs(box.scrollTop - moved) < 1) return;
	moved = -1;
	first = scaled() ? (box.scrollTop / (TALL - box.clientHeight)) * last() : box.scrollTop / ROW;
	paint();
});
box.addEventListener(
	'wheel',
	(e) => {
		if (!scaled() || e.ctrlKey) return;
		e.preventDefault();
		go(first + (e.deltaMode === 1 ? e.deltaY : e.deltaY / ROW));
	},
	{ passive: false },
);

let due = false;
function paint() {
	if (due) return;
	due = true;
	requestAnimationFrame(() => {
		due = false;
		rows();
		density();
	});
}

const pool = [];
const CELLS = ['r y', 'tm', 'r x y', 'ev', 'pv', 'r x y', 'r x y', 'r y'];
function makeRow() {
	const row = document.createElement('div');
	row.className = 'row';
	row.setAttribute('role', 'row');
	for (const name of CELLS) {
		const cell = document.createElement('span');
		cell.className = name;
		cell.setAttribute('role', 'gridcell');
		row.append(cell);
	}
	row.addEventListener('click', () => {
		if (row.message >= 0) select(row.message);
	});
	$('pane').append(row);
	return row;
}

function rows() {
	$('tall').style.height = Math.min(shown() * ROW, TALL) + 'px';
	first = Math.min(first, last());
	const from = Math.floor(first);
	const many = Math.min(shown() - from, inView() + 2);
	box.setAttribute('aria-rowcount', shown());
	while (pool.length < many) pool.push(makeRow());
	for (let k = 0; k < pool.length; k++) {
		const row = pool[k];
		row.style.display = k >= many ? 'none' : '';
		if (k >= many) {
			row.message = -1;
			continue;
		}
		const i = nth(from + k);
		row.style.transform = `translateY(${(from + k - first) * ROW}px)`;
		fill(row, i, from + k);
	}
}

function fill(row, i, at) {
	const isSelected = i === selected;
	row.setAttribute('aria-selected', isSelected);
	if (row.message === i) return;
	row.message = i;
	row.setAttribute('aria-rowindex', at + 1);
	const k = kind.at[i];
	row.className = 'row' + (k === LATE ? ' islate' : k === DROPPED ? ' islost' : '');
	const [c0, c1, c2, c3, c4, c5, c6, c7] = row.children;
	const s = of.at[i];
	c0.textContent = seq.at[i];
	c1.textContent = clock(time.at[i]);
	c2.textContent = Number.isNaN(gap.at[i]) ? '–' : span(gap.at[i]);
	const swatch = document.createElement('i');
	swatch.style.background = colour(s);
	c3.replaceChildren(swatch, streams[s][1]);
	c3.title = streams[s][0] + ' ' + streams[s][1];
	c4.textContent = plain(messageAt(i).payload.slice(0, 300));
	c5.textContent = count(size.at[i]);
	c6.textContent = count(sockets.at[i]);
	c7.textContent = k === DROPPED ? 'lost' : k === PURPOSE ? 'on purpose' : k === RECEIVED ? 'received' : span(late.at[i]) + (k === LATE ? ' late' : '');
	c7.className = 'r y' + (k === LATE ? ' late' : k === DROPPED ? ' lost' : '');
}

const plain = (text) => text.replaceAll('\\u003c', '<');
const count = (n) => n.toLocaleString('en-US');

/** A length in ns, with its unit. */
function span(ns) {
	const size = Math.abs(ns);
	if (size < 1e6) return (ns / 1e3).toFixed(1) + ' µs';
	if (size < 1e9) return (ns / 1e6).toFixed(2) + ' ms';
	if (size < 6e10) return (ns / 1e9).toFixed(2) + ' s';
	const s = Math.round(size / 1e9);
	const hms = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60].map((n) => String(n).padStart(2, '0'));
	return (ns < 0 ? '−' : '') + hms.join(':');
}

/** The time of day of a moment after base, where the reader is. */
function clock(ns, digits = 6) {
	const at = base + BigInt(Math.round(ns));
	const d = new Date(Number(at / 1000000n));
	const part = (n, w) => String(n).padStart(w, '0');
	const fine = part(at % 1000000000n, 9).slice(0, digits);
	return `${part(d.getHours(), 2)}:${part(d.getMinutes(), 2)}:${part(d.getSeconds(), 2)}${digits ? '.' + fine : ''}`;
}

function zone() {
	const minutes = -new Date(Number((base ?? 0n) / 1000000n)).getTimezoneOffset();
	const sign = minutes < 0 ? '−' : '+';
	return `UTC${sign}${String(Math.floor(Math.abs(minutes) / 60)).padStart(2, '0')}:${String(Math.abs(minutes) % 60).padStart(2, '0')}`;
}

/** A moment in full, in UTC, to the nanosecond. */
function stamp(ns) {
	return new Date(Number(ns / 1000000000n) * 1000).toISOString().slice(0, 19).replace('T', ' ') + '.' + String(ns % 1000000000n).padStart(9, '0') + ' UTC';
}

// The message.
let selected = -1;
function select(i) {
	selected = i;
	detail();
	paint();
}

function reveal(i) {
	const row = rowOf(i);
	if (row < 0) return;
	if (row < first) go(row);
	else if (row > first + inView() - 1) go(row - inView() + 1);
}

function move(by) {
	if (!shown()) return;
	let row = selected < 0 ? -1 : rowOf(selected);
	if (row < 0 && Number.isFinite(by)) row = Math.floor(first);
	else row = Math.min(Math.max(0, row + by), shown() - 1);
	select(nth(row));
	reveal(selected);
}

function nextBad() {
	for (let row = selected < 0 ? 0 : rowOf(selected) + 1; row < shown(); row++) {
		const k = kind.at[nth(row)];
		if (k === LATE || k === DROPPED) {
			select(nth(row));
			return reveal(selected);
		}
	}
}

const OUTCOMES = ['emitted', 'emitted', 'dropped', 'received, and not relayed', 'dropped on purpose'];
const MOST = 200_000; // characters of a payload that are shown as a tree

function detail() {
	const at = $('detail');
	if (selected < 0) {
		const hint = document.createElement('p');
		hint.className = 'hint';
		hint.textContent = 'Choose a message to see all of it.';
		at.replaceChildren(hint);
		return;
	}
	const i = selected;
	const p = pieces[pieceOf(i)];
	const k = i - p.start;
	const { payload, id, rest } = messageAt(i);
	const more = rest ? JSON.parse(rest) : {};
	const [ns, event] = streams[of.at[i]];
	const [door, client, address, key, local] = origins[each(p.cols.o, k)];
	const ended = BigInt(p.cols.at) + BigInt(each(p.cols.t, k));
	const before = (v) => (v === null ? null : stamp(ended - BigInt(v)));
	const k1 = kind.at[i];
	const facts = [
		['outcome', OUTCOMES[k1] + (k1 === LATE ? ', late' : '') + (more.reason ? `: ${more.reason}` : ''), k1 === LATE ? 'late' : k1 === DROPPED ? 'lost' : ''],
		['lateness', Number.isNaN(late.at[i]) ? null : span(late.at[i])],
		['source', before(each(p.cols.c, k))],
		['accepted', before(each(p.cols.a, k))],
		['due', before(each(p.cols.d ?? p.cols.l, k))],
		[k1 < 2 ? 'emitted' : 'ended', stamp(ended)],
		['sockets', count(sockets.at[i])],
		['size', count(size.at[i]) + ' bytes'],
		['pace', each(p.cols.p, k) ? 'one each ' + span(each(p.cols.p, k)) : null],
		['missed', more.missed ? more.missed + ' slots' : null],
		['held', more.held ? span(more.held) + ' on purpose' : null],
		['faults', more.faults?.join(' ')],
		['rooms', more.rooms?.join(', ')],
		['to', more.to],
		['came by', [door, client, address, key && `key ${key}`, local && 'this machine'].filter(Boolean).join(' · ')],
		['attached', more.attachments?.map((n) => count(n) + ' bytes').join(', ')],
		['id', id],
	];
	const title = document.createElement('h2');
	title.textContent = `${ns} ${event}`;
	const list = document.createElement('dl');
	for (const [name, value, cls] of [['seq', String(seq.at[i])], ...facts]) {
		if (value === null || value === undefined || value === '') continue;
		const dt = document.createElement('dt');
		dt.textContent = name;
		const dd = document.createElement('dd');
		dd.textContent = value;
		if (cls) dd.className = cls;
		list.append(dt, dd);
	}
	const text = document.createElement('pre');
	text.tabIndex = 0;
	text.setAttribute('aria-label', 'Data');
	if (payload.length <= MOST) text.append(pretty(payload));
	else text.textContent = `${plain(payload.slice(0, MOST))}\n… the first ${count(MOST)} of ${count(payload.length)} characters`;
	at.replaceChildren(title, list, text);
	at.scrollTop = 0;
}

/** JSON as it is written, a value a line: numbers keep every digit. */
function pretty(json) {
	const out = document.createDocumentFragment();
	let line = '';
	const put = (text, cls) => {
		if (!cls) {
			line += text;
			return;
		}
		if (line) out.append(line);
		line = '';
		const part = document.createElement('span');
		part.className = cls;
		part.textContent = text;
		out.append(part);
	};
	let depth = 0;
	const feed = () => put('\n' + '  '.repeat(depth));
	const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
	for (let m = token.exec(json); m; m = token.exec(json)) {
		const t = m[0];
		const next = json[token.lastIndex];
		switch (t[0]) {
			case '{':
			case '[':
				put(t);
				if (next === '}' || next === ']') {
					put(next);
					token.lastIndex++;
				} else {
					depth++;
					feed();
				}
				break;
			case '}':
			case ']':
				depth--;
				feed();
				put(t);
				break;
			case ',':
				put(t);
				feed();
				break;
			case ':':
				put(': ');
				break;
			case '"':
				put(plain(t), next === ':' ? 'k' : 's');
				break;
			default:
				put(t, /^[-\d]/.test(t) ? 'n' : 'w');
		}
	}
	if (line) out.append(line);
	return out;
}

// The timeline.
const canvas = $('density');
const LANES = 6;
const HIGH = 26; // px of a lane
const AXIS = 20;
let lanes = []; // streams, the loudest first; what is beyond LANES is one more lane
const css = getComputedStyle(document.documentElement);
let ink = {};
const colour = (s) => {
	const lane = lanes.indexOf(s);
	return lane < 0 ? ink.s0 : ink['s' + (lane + 1)];
};

function readInk() {
	for (const name of ['s0', 's1', 's2', 's3', 's4', 's5', 's6', 'grid', 'line', 'text', 'text-3', 'accent', 'late', 'lost', 'surface-0']) ink[name] = css.getPropertyValue('--' + name).trim();
}

/** Which streams have a lane of their own. Settled once the file is read, or colours would change. */
function settle() {
	lanes = streams.map((_, s) => s).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, LANES);
	const rest = streams.length - lanes.length;
	const names = lanes.map((s, lane) => nameOf(lane, streams[s][1], streams[s].join(' '), s));
	if (rest > 0) names.push(nameOf(LANES, `${count(rest)} more`, 'the other streams', -1));
	$('names').replaceChildren(...names);
	bins = null;
	for (const row of pool) row.message = -1;
	paint();
}

function nameOf(lane, text, title, s) {
	const b = document.createElement('button');
	b.type = 'button';
	b.style.top = lane * HIGH + 4 + 'px';
	b.title = title;
	b.disabled = s < 0;
	b.setAttribute('aria-pressed', String(s >= 0 && s === stream));
	const swatch = document.createElement('i');
	swatch.style.background = ink[lane < LANES ? 's' + (lane + 1) : 's0'];
	b.append(swatch, text);
	b.addEventListener('click', () => {
		stream = stream === s ? -1 : s;
		for (const other of $('names').children) other.setAttribute('aria-pressed', String(other === b && stream >= 0));
		choose();
	});
	return b;
}

let bins = null; // what the canvas shows, until more comes or its size changes
let begin = 0;
let length = 1;
const STEP = 3; // px of a bin

function tally(width) {
	const n = Math.max(1, Math.floor(width / STEP));
	const many = lanes.length + (streams.length > lanes.length ? 1 : 0);
	const laneOf = new Int32Array(streams.length).fill(many - 1);
	lanes.forEach((s, lane) => (laneOf[s] = lane));
	bins = { width, total, n, many, of: Array.from({ length: many }, () => new Uint32Array(n)), late: new Uint32Array(n), lost: new Uint32Array(n) };
	begin = Infinity;
	let end = -Infinity;
	for (let i = 0; i < total; i++) {
		if (time.at[i] < begin) begin = time.at[i];
		if (time.at[i] > end) end = time.at[i];
	}
	length = Math.max(1, end - begin);
	for (let i = 0; i < total; i++) {
		const b = Math.min(n - 1, Math.floor(((time.at[i] - begin) / length) * n));
		bins.of[laneOf[of.at[i]]][b]++;
		if (kind.at[i] === LATE) bins.late[b]++;
		else if (kind.at[i] === DROPPED) bins.lost[b]++;
	}
}

function density() {
	if (!lanes.length) return;
	const width = canvas.clientWidth;
	const high = (lanes.length + (streams.length > lanes.length ? 1 : 0) + 1) * HIGH + AXIS;
	if (canvas.style.height !== high + 'px') canvas.style.height = high + 'px';
	if (!bins || bins.width !== width || bins.total !== total) tally(width);
	const dpr = devicePixelRatio || 1;
	if (canvas.width !== Math.round(width * dpr) || canvas.height !== Math.round(high * dpr)) {
		canvas.width = Math.round(width * dpr);
		canvas.height = Math.round(high * dpr);
	}
	const g = canvas.getContext('2d');
	g.setTransform(dpr, 0, 0, dpr, 0, 0);
	g.clearRect(0, 0, width, high);
	const floor = (bins.many + 1) * HIGH;
	g.font = `10px ${css.getPropertyValue('--data')}`;
	axis(g, width, floor);
	for (let lane = 0; lane < bins.many; lane++) {
		const middle = lane * HIGH + HIGH / 2;
		const most = bins.of[lane].reduce((a, b) => Math.max(a, b), 0);
		g.fillStyle = lane < LANES && lane < lanes.length ? ink['s' + (lane + 1)] : ink.s0;
		for (let b = 0; b < bins.n; b++) {
			const n = bins.of[lane][b];
			if (!n) continue;
			const h = Math.max(2, (n / most) * (HIGH - 8));
			g.fillRect(b * STEP, middle - h / 2, STEP - 1, h);
		}
		g.fillStyle = ink.line;
		g.fillRect(0, (lane + 1) * HIGH, width, 1);
	}
	const worst = bins.late.reduce((a, n, b) => Math.max(a, n + bins.lost[b]), 1);
	for (let b = 0; b < bins.n; b++) {
		const h = (n) => (n ? Math.max(3, (n / worst) * (HIGH - 6)) : 0);
		const l = h(bins.late[b]);
		g.fillStyle = ink.late;
		g.fillRect(b * STEP, floor - l, STEP - 1, l);
		const x = h(bins.lost[b]);
		g.fillStyle = ink.lost;
		g.fillRect(b * STEP, floor - l - x, STEP - 1, x);
	}
	const bad = ['late', 'lost'].filter((name) => bins[name].some(Boolean));
	const text = bad.join(', ') || 'none late, none lost';
	g.fillStyle = ink['surface-0'];
	g.fillRect(0, floor - HIGH + 5, g.measureText(text).width + 10, HIGH - 9);
	g.fillStyle = bad.length ? ink[bad[0]] : ink['text-3'];
	g.fillText(text, 4, floor - 9);
	g.fillStyle = ink.line;
	g.fillRect(0, floor, width, 1);
	const x = (i) => ((time.at[i] - begin) / length) * (width - 1);
	if (shown()) {
		const a = x(nth(Math.min(Math.floor(first), shown() - 1)));
		const b = x(nth(Math.min(shown() - 1, Math.floor(first) + inView())));
		g.fillStyle = ink.accent;
		g.fillRect(Math.min(a, b), floor - 1, Math.max(2, Math.abs(b - a)), 3);
	}
	if (selected >= 0) {
		g.fillStyle = ink.text;
		g.fillRect(Math.round(x(selected)), 0, 1, floor);
	}
}

function axis(g, width, floor) {
	const steps = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 2e8, 5e8, 1e9, 2e9, 5e9, 1e10, 1.5e10, 3e10, 6e10, 1.2e11, 3e11, 6e11, 9e11, 1.8e12, 3.6e12, 7.2e12, 1.08e13, 2.16e13, 4.32e13, 8.64e13];
	const step = steps.find((s) => (s / length) * width >= 90) ?? 8.64e13 * Math.ceil(((length / width) * 90) / 8.64e13);
	const digits = step >= 1e9 ? 0 : step >= 1e6 ? 3 : 6;
	const start = Number(base % BigInt(Math.round(step))); // so that labels are round
	for (let t = Math.ceil((begin + start) / step) * step - start; t <= begin + length; t += step) {
		const x = ((t - begin) / length) * width;
		g.fillStyle = ink.grid;
		g.fillRect(Math.round(x), 0, 1, floor);
		g.fillStyle = ink['text-3'];
		const text = clock(t, digits);
		if (x + g.measureText(text).width < width) g.fillText(text, Math.round(x) + 4, floor + 13);
	}
}

/** The message at, or after, a moment. */
function near(t) {
	let low = 0;
	let high = shown() - 1;
	while (low < high) {
		const mid = (low + high) >> 1;
		if (time.at[nth(mid)] < t) low = mid + 1;
		else high = mid;
	}
	return low;
}

function toPointer(e) {
	const r = canvas.getBoundingClientRect();
	const row = near(begin + ((e.clientX - r.left) / r.width) * length);
	if (!shown()) return;
	select(nth(row));
	go(row - inView() / 2);
}
canvas.addEventListener('pointerdown', (e) => {
	canvas.setPointerCapture(e.pointerId);
	toPointer(e);
});
canvas.addEventListener('pointermove', (e) => {
	if (e.buttons & 1) toPointer(e);
});

// Controls.
let wait;
$('filter').addEventListener('input', (e) => {
	clearTimeout(wait);
	wait = setTimeout(() => {
		needle = e.target.value.trim();
		choose();
	}, 120);
});
for (const id of ['all', 'late', 'lost']) {
	$(id).addEventListener('click', () => {
		only = id;
		for (const other of ['all', 'late', 'lost']) $(other).setAttribute('aria-pressed', String(other === id));
		choose();
	});
}
document.addEventListener('keydown', (e) => {
	const typing = e.target === $('filter');
	if (e.ctrlKey || e.metaKey || e.altKey) return;
	if (e.key === 'Escape') {
		if (typing && needle) {
			$('filter').value = needle = '';
			choose();
		} else if (typing) box.focus();
		else if (hits) {
			$('filter').value = needle = '';
			stream = -1;
			for (const other of $('names').children) other.setAttribute('aria-pressed', 'false');
			$('all').click();
		} else select(-1);
		return;
	}
	if (typing && !['ArrowDown', 'Enter'].includes(e.key)) return;
	const page = inView() - 1;
	const does = {
		j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
		PageDown: () => move(page), PageUp: () => move(-page),
		Home: () => move(-Infinity), End: () => move(Infinity),
		l: nextBad, Enter: () => { if (typing) move(1); },
		'/': () => $('filter').focus(),
	}[e.key];
	if (!does || (e.target.tagName === 'BUTTON' && e.key === 'Enter')) return;
	e.preventDefault();
	does();
	if (typing && e.key !== '/') box.focus();
});
new ResizeObserver(paint).observe(box);
matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => {
	readInk();
	settle();
});

function facts() {
	const many = `${count(total)} messages · ${count(streams.length)} ${streams.length === 1 ? 'stream' : 'streams'}`;
	if (!total) {
		$('facts').textContent = many;
		return;
	}
	density();
	const day = new Date(Number((base + BigInt(Math.round(begin))) / 1000000n));
	$('facts').textContent = `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, '0')}-${String(day.getDate()).padStart(2, '0')} · ${span(length)} · ${many}`;
	$('zone').textContent = `time, ${zone()}`;
}

$('name').textContent = about.recording;
document.title = `${about.recording} · Emitscope`;
$('made').textContent = [about.query && `only ${about.query}`, about.from && `from ${about.from}`, about.to && `to ${about.to}`, `Emitscope ${about.version}`].filter(Boolean).join(' · ');
readInk();

let again;
function come() {
	clearTimeout(again);
	const loading = document.readyState === 'loading';
	if (takeAll()) {
		if (!lanes.length || !loading) settle();
		if (hits && scanned < pieces.length) scan(scanning, -1);
		paint();
	}
	say();
	if (loading) {
		again = setTimeout(come, 100);
		return;
	}
	facts();
}
document.addEventListener('DOMContentLoaded', come, { once: true });
come();
