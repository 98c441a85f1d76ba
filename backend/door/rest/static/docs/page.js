// The page at /api/v1/docs: openapi.json, to read.
import { panel } from './ask.js';
import { code, json, make, prose, words } from './dom.js';
import { Shapes } from './shapes.js';

const main = document.getElementById('main');
const contents = document.getElementById('contents');
const find = document.getElementById('find');

/** Where the examples of the document say the hub is. */
const written = '127.0.0.1:8092';
const here = (text) => text.replaceAll(`http://${written}`, location.origin).replaceAll(`ws://${written}`, location.origin.replace(/^http/, 'ws'));

const heading = (level, id, text) => make(level, {}, make('a', { href: `#${id}`, className: 'anchor' }, text));
const part = (title, ...children) => (children.some(Boolean) ? [make('h4', {}, title), ...children] : []);
const pretty = (value) => json(JSON.stringify(value));

/** The key to send, kept in the page only. */
let key = '';

function operation(shapes, path, method, op) {
	const scopes = op.security.flatMap((one) => one.key ?? []);
	const text = make('div', { className: 'text' },
		...prose(op.description),
		make('p', { className: 'muted' }, ...(scopes.length ? ['Needs the scope ', make('code', {}, scopes.join(' ')), '.'] : ['Needs no key.'])),
		...part('Parameters', op.parameters && make('ul', { className: 'fields' }, ...op.parameters.map((p) =>
			shapes.row(p.name, p.schema, p.required ? 'required' : p.in === 'header' ? 'header' : '', p.description)))),
		...Object.entries(op.requestBody?.content ?? {}).flatMap(([type, { schema }]) =>
			part(`Body, ${type}`, make('p', { className: 'muted' }, schema ? [shapes.kind(schema), schema.description].filter(Boolean).join(', ') : 'a file'), shapes.fields(schema, true))),
		...Object.entries(op.responses).filter(([status]) => status < 400).flatMap(([status, r]) => good(shapes, status, r)),
		...part('Errors', mistakes(op.responses)));
	const right = panel(path, method, op, () => key);
	right.append(...Object.entries(op.responses).filter(([status]) => status < 400).flatMap(([status, { content = {} }]) =>
		Object.values(content).flatMap(({ examples = {} }) => Object.values(examples).map(({ value }) =>
			code(`Example of ${status}`, ...(typeof value === 'string' ? [value] : pretty(value)))))));
	return make('section', { id: op.operationId, className: 'entry' },
		heading('h3', op.operationId, op.summary),
		make('p', { className: 'path data' }, make('span', { className: 'method', data: { method } }, method.toUpperCase()), ' ', path),
		make('div', { className: 'two' }, text, right));
}

/** An answer when all went well: what is in it. */
function good(shapes, status, { description, content = {} }) {
	const types = Object.entries(content);
	return part(`Answer ${status}`,
		make('p', {}, description, ' ', make('span', { className: 'muted' }, types.map(([type]) => type).join(', '))),
		...types.map(([, { schema }]) => schema && shapes.fields(schema, false)));
}

/** What can go wrong, by status and code. */
function mistakes(responses) {
	const rows = Object.entries(responses).filter(([status]) => status >= 400).flatMap(([status, { content }]) =>
		Object.values(content['application/json'].examples).map(({ value }) => make('tr', {},
			make('td', {}, status), make('td', {}, make('code', {}, value.code)),
			make('td', {}, value.message + '.', value.hint ? make('span', { className: 'limits' }, value.hint) : null))));
	if (!rows.length) return null;
	return make('table', {}, make('thead', {}, make('tr', {}, ...['Status', 'Code', 'For example'].map((t) => make('th', { scope: 'col' }, t)))), make('tbody', {}, ...rows));
}

function protocol(shapes, p) {
	const address = here(p.id === 'websocket' ? `ws://${written}${p.path}` : `http://${written}/NAMESPACE`);
	const frames = (list, sent) => list.map((f) => make('div', { className: 'frame' },
		make('div', { className: 'text' },
			make('h4', {}, make('code', {}, f.name)), ...prose(f.description),
			f.schema && (shapes.fields(f.schema, sent) ?? make('p', { className: 'muted' }, shapes.kind(f.schema)))),
		make('div', {}, f.example === undefined ? null : code(`Example of ${f.name}`, ...pretty(f.example)))));
	const codes = make('table', {}, make('thead', {}, make('tr', {}, ...['Code', 'Means'].map((t) => make('th', { scope: 'col' }, t)))),
		make('tbody', {}, ...p.codes.map((c) => make('tr', {}, make('td', {}, make('code', {}, c.code)), make('td', {}, ...words(c.description))))));
	const under = (name, title, ...children) => make('section', { id: `${p.id}-${name}`, className: 'entry' }, heading('h3', `${p.id}-${name}`, title), ...children);
	return [
		under('connect', 'Connect', make('p', { className: 'path data' }, make('span', { className: 'method' }, p.id === 'websocket' ? 'WS' : 'IO'), ' ', address),
			make('div', { className: 'two even' },
				make('div', { className: 'text' }, ...prose(p.summary), ...prose(p.description), ...part('Who may', ...prose(p.auth)),
					...part('Order', ...prose(p.order)), ...part('Slow clients', ...prose(p.slow))),
				make('div', { className: 'panel' }, ...p.programs.map(({ language, code: text }) => code(language, here(text)))))),
		under('send', 'What you send', ...frames(p.in, true)),
		under('get', 'What you get', ...frames(p.out, false)),
		under('codes', 'Codes', codes),
	];
}

function welcome(doc) {
	const field = make('input', { type: 'password', autocomplete: 'off', placeholder: 'none needed on the hub’s own machine', oninput: () => {
		key = field.value.trim();
		document.dispatchEvent(new Event('keychange'));
	} });
	return make('section', { id: 'start', className: 'entry' }, make('h2', {}, 'Start here'),
		make('div', { className: 'two' },
			make('div', { className: 'text' }, ...prose(doc.info.description)),
			make('div', { className: 'panel' },
				make('form', { className: 'ask', onsubmit: (event) => event.preventDefault() },
					make('label', { className: 'wide' }, make('span', {}, 'Your key, for this page only'), field)),
				code('A message', here(`curl http://${written}/api/v1/messages \\\n  --json '{"event":"tick","data":1}'`)))));
}

/** A group of entries, in the page and in the contents. */
function group(title, id, description, entries, links) {
	main.append(make('div', { className: 'group' }, make('h2', { id }, title), ...prose(description), ...entries));
	contents.append(make('h2', {}, title), make('ul', {}, ...links.map(([href, text, method]) => make('li', {},
		make('a', { href: `#${href}` }, make('span', {}, text), method ? make('span', { className: 'method', data: { method } }, method.toUpperCase()) : null)))));
}

/** Group by group; of one path, POST comes before GET. */
function show(doc) {
	const shapes = new Shapes(doc);
	document.getElementById('version').textContent = doc.info.version;
	main.replaceChildren(welcome(doc));
	for (const { name, description } of doc.tags) {
		const own = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods)
			.sort(([a], [b]) => b.localeCompare(a)).filter(([, op]) => op.tags.includes(name)).map(([method, op]) => ({ path, method, op })));
		group(name[0].toUpperCase() + name.slice(1), `group-${name}`, description,
			own.map(({ path, method, op }) => operation(shapes, path, method, op)),
			own.map(({ path, method, op }) => [op.operationId, path.replace('/api/v1', '') || path, method]));
	}
	for (const p of doc['x-sockets']) {
		const entries = protocol(shapes, p);
		group(p.title, p.id, '', entries, entries.map((e) => [e.id, e.querySelector('h3').textContent, '']));
	}
	follow();
	document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

/** Marks in the contents what is being read. */
function follow() {
	const links = new Map([...contents.querySelectorAll('a')].map((a) => [a.hash.slice(1), a]));
	const seen = new IntersectionObserver((changes) => {
		const now = changes.findLast((change) => change.isIntersecting);
		if (!now || !links.has(now.target.id)) return;
		contents.querySelector('[aria-current]')?.removeAttribute('aria-current');
		links.get(now.target.id).setAttribute('aria-current', 'true');
	}, { rootMargin: '-60px 0px -80% 0px' });
	for (const entry of main.querySelectorAll('.entry')) seen.observe(entry);
}

/** Leaves what has all the words that were typed. */
function filter() {
	const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
	const entries = [...main.querySelectorAll('.entry')];
	for (const entry of entries) {
		const text = entry.textContent.toLowerCase();
		entry.hidden = !wanted.every((word) => text.includes(word));
	}
	const left = new Set(entries.filter((entry) => !entry.hidden).map((entry) => entry.id));
	for (const a of contents.querySelectorAll('a')) a.parentElement.hidden = !left.has(a.hash.slice(1));
	for (const g of main.querySelectorAll('.group')) g.hidden = !g.querySelector('.entry:not([hidden])');
	for (const list of contents.querySelectorAll('ul')) list.previousElementSibling.hidden = !list.querySelector('li:not([hidden])');
	document.getElementById('found').textContent = wanted.length ? `${left.size} of ${entries.length}` : '';
}

find.addEventListener('input', filter);
document.addEventListener('keydown', (event) => {
	const typing = event.target.matches('input, textarea, select');
	if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
		event.preventDefault();
		find.focus();
	}
	if (event.key === 'Escape' && event.target === find) {
		find.value = '';
		filter();
	}
});

const wide = matchMedia('(min-width: 56rem)');
const unfold = () => (contents.open = wide.matches);
wide.addEventListener('change', unfold);
unfold();
contents.addEventListener('click', (event) => {
	if (event.target.closest('a') && !wide.matches) contents.open = false;
});

document.getElementById('theme').addEventListener('click', () => {
	const root = document.documentElement;
	const now = root.dataset.theme ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
	root.dataset.theme = now === 'dark' ? 'light' : 'dark';
	try {
		localStorage.setItem('emitscope.theme', root.dataset.theme);
	} catch {
		// It holds for this page then.
	}
});

addEventListener('beforeprint', () => document.querySelectorAll('main details').forEach((d) => (d.open = true)));

try {
	const answer = await fetch('openapi.json');
	if (!answer.ok) throw new Error(`the hub answered ${answer.status}`);
	show(await answer.json());
} catch (error) {
	main.replaceChildren(make('p', { className: 'plain' }, `The document could not be read: ${error.message}. Load the page again.`));
}
