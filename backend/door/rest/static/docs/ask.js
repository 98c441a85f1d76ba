// The right side of an operation: the request as it is filled in, as a curl
// command, and the answer when it is sent. What changes the hub is only shown,
// but for messages: those are what the hub is for.
import { code, json, make } from './dom.js';

/** How much of an answer is shown, in characters. */
const shownAtMost = 200_000;

const mayBeSent = (method, op) => method === 'get' || op.operationId === 'publish';

/** A panel for one operation. key tells the key to send, "" for none. */
export function panel(path, method, op, key) {
	const params = op.parameters ?? [];
	const bodies = Object.entries(op.requestBody?.content ?? {}).flatMap(([type, { examples = {} }]) =>
		Object.entries(examples).map(([name, { value }]) => ({ name, type, text: typeof value === 'string' ? value : plain(json(JSON.stringify(value))) })),
	);
	const inputs = new Map(params.map((p) => [p, input(p)]));
	const body = bodies.length ? make('textarea', { spellcheck: false }) : null;
	const fill = (text) => Object.assign(body, { value: text, rows: Math.min(text.split('\n').length + 1, 16) });
	if (body) fill(bodies[0].text);
	const choice = bodies.length > 1 ? make('select', {}, ...bodies.map(({ name }) => make('option', {}, name))) : null;
	const type = () => bodies[choice?.selectedIndex ?? 0]?.type;

	const request = () => {
		let address = path;
		const query = [];
		const headers = {};
		for (const [p, { value }] of inputs) {
			if (p.in === 'path') address = address.replace(`{${p.name}}`, encodeURIComponent(value));
			else if (value === '') continue;
			else if (p.in === 'query') query.push(`${p.name}=${encodeURIComponent(value)}`);
			else headers[p.name] = value;
		}
		if (key()) headers.Authorization = `Bearer ${key()}`;
		if (body) headers['Content-Type'] = type();
		return { url: location.origin + address + (query.length ? `?${query.join('&')}` : ''), method: method.toUpperCase(), headers, body: body?.value };
	};

	const command = code('curl');
	const showCommand = () => (command.querySelector('code').textContent = curl(request(), op));
	showCommand();
	choice?.addEventListener('change', () => fill(bodies[choice.selectedIndex].text));
	const form = make('form', { className: 'ask', oninput: showCommand, onchange: showCommand },
		...[...inputs].map(([p, field]) => make('label', {}, make('span', {}, p.name, p.in === 'header' ? ' (header)' : ''), field)),
		choice && make('label', {}, make('span', {}, 'Example'), choice),
		body && make('label', { className: 'wide' }, make('span', {}, 'Body'), body));
	document.addEventListener('keychange', showCommand);
	const answer = mayBeSent(method, op) ? sender(form, request, op) : null;
	return make('div', { className: 'panel' }, form.children.length ? form : null, command, answer);
}

function input(p) {
	const { enum: values, default: usual, type } = p.schema;
	if (values) return make('select', {}, make('option', { value: '' }, usual ? `${usual} (default)` : '–'), ...values.map((v) => make('option', {}, v)));
	return make('input', {
		value: p.in === 'path' ? p.example ?? '' : '', placeholder: String(p.example ?? usual ?? ''),
		inputMode: type === 'integer' ? 'numeric' : 'text', required: p.in === 'path', autocomplete: 'off', spellcheck: false,
	});
}

/** The button that sends, and what came of it. The form sends too, by Enter. */
function sender(form, request, op) {
	const status = make('p', { className: 'status' });
	status.setAttribute('role', 'status');
	const result = code('Answer');
	result.hidden = true;
	const text = result.querySelector('code');
	const publishes = op.operationId === 'publish';
	const label = publishes ? 'Send' : 'Try it';
	const button = make('button', { type: 'button', className: publishes ? 'button main' : 'button' }, label);
	button.setAttribute('aria-label', `${label}: ${op.summary}`);
	let running = null;

	const send = async () => {
		if (running) return running.abort();
		running = new AbortController();
		button.textContent = 'Stop';
		const began = performance.now();
		status.className = 'status';
		status.textContent = 'Waiting …';
		try {
			const { url, ...rest } = request();
			const got = await fetch(url, { ...rest, signal: running.signal, cache: 'no-store' });
			const took = () => `${got.status} ${got.statusText} · ${(performance.now() - began).toFixed(1)} ms`;
			result.hidden = false;
			status.textContent = took();
			if (!got.ok) status.classList.add('lost');
			if (isStream(got)) await follow(got, text);
			else {
				const whole = await got.text();
				status.textContent = `${took()} · ${new Blob([whole]).size.toLocaleString('en')} B`;
				text.replaceChildren(...shown(got, whole));
			}
		} catch (error) {
			const stopped = error.name === 'AbortError';
			status.classList.toggle('lost', !stopped);
			status.textContent = stopped ? 'Stopped.' : `There was no answer: ${error.message}.`;
		}
		running = null;
		button.textContent = label;
	};
	button.onclick = send;
	form.onsubmit = (event) => {
		event.preventDefault();
		send();
	};
	return make('div', { className: 'answer' }, make('div', { className: 'act' }, button, status), result);
}

const isStream = (got) => got.headers.get('Content-Type')?.startsWith('text/event-stream');

function shown(got, whole) {
	const text = whole.slice(0, shownAtMost);
	const rest = whole.length > shownAtMost ? [`\n… and ${(whole.length - shownAtMost).toLocaleString('en')} characters more`] : [];
	return got.headers.get('Content-Type')?.includes('json') && !rest.length ? json(text) : [text || '(no body)', ...rest];
}

/** Shows a stream as it comes, the newest part of it. */
async function follow(got, text) {
	text.textContent = '';
	for (const reader = got.body.pipeThrough(new TextDecoderStream()).getReader(); ; ) {
		const { done, value } = await reader.read();
		if (done) return;
		text.textContent = (text.textContent + value).slice(-20_000);
	}
}

const plain = (nodes) => nodes.map((node) => node.textContent ?? node).join('');

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request for a shell. */
function curl({ url, method, headers, body }, op) {
	const parts = ['curl'];
	if (op.responses[200]?.content?.['text/event-stream']) parts.push('-N');
	if (method !== 'GET' && body === undefined || method === 'PATCH') parts.push(`-X ${method}`);
	parts.push(/[^\w:/.%-]/.test(url) ? quoted(url) : url);
	const { 'Content-Type': type, ...rest } = headers;
	for (const [name, value] of Object.entries(rest)) parts.push(`\\\n  -H ${quoted(`${name}: ${value}`)}`);
	if (type === 'application/json') parts.push(`\\\n  --json ${quoted(body)}`);
	else if (type) parts.push(`\\\n  -H ${quoted(`Content-Type: ${type}`)}`, `\\\n  --data-binary ${quoted(body)}`);
	return parts.join(' ');
}
