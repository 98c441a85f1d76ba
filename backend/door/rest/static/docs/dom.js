// Small pieces of page. Everything that comes from outside becomes text here,
// never markup.

/** An element with properties and children; a child that is null is left out. */
export function make(name, props = {}, ...children) {
	const { data, ...rest } = props;
	const node = Object.assign(document.createElement(name), rest);
	Object.assign(node.dataset, data);
	node.append(...children.filter((child) => child != null));
	return node;
}

/** Text with `code` in it. */
export const words = (text) => text.split('`').map((part, i) => (i % 2 ? make('code', {}, part) : part));

/** Paragraphs of such text. */
export const prose = (text) => (text ? text.split('\n\n').map((part) => make('p', {}, ...words(part))) : []);

const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * JSON text, indented, with its names apart from its values. It is not parsed:
 * every number stays as it was written. A short list or object keeps one line.
 */
export function json(text) {
	const parts = text.match(tokens) ?? [];
	const out = [];
	let depth = 0;
	let flat = 0; // where the one that keeps its line ends
	const line = (i) => (i < flat ? ' ' : '\n' + '  '.repeat(depth));
	parts.forEach((part, i) => {
		if (part === '{' || part === '[') {
			if (i >= flat) flat = endOfShort(parts, i, 48 - 2 * depth);
			depth++;
			out.push(part, i < flat && part === '[' || '}]'.includes(parts[i + 1]) ? '' : line(i));
		} else if (part === '}' || part === ']') {
			depth--;
			out.push(i < flat && part === ']' || '{['.includes(parts[i - 1]) ? '' : line(i), part);
		} else if (part === ',') out.push(',', line(i));
		else if (part === ':') out.push(': ');
		else out.push(parts[i + 1] === ':' ? make('span', { className: 'name' }, part) : part);
	});
	return out;
}

/** Where the list or object ends that begins at i, if it fits in the room and holds no other; else 0. */
function endOfShort(parts, i, room) {
	let length = 0;
	for (let end = i + 1; length < room; end++) {
		if ('}]'.includes(parts[end])) return end + 1;
		if ('{['.includes(parts[end])) return 0;
		length += parts[end].length + 1;
	}
	return 0;
}

/** A block of code with a button that copies what it shows then. */
export function code(label, ...content) {
	const block = make('pre', { tabIndex: 0 }, make('code', {}, ...content));
	block.setAttribute('role', 'group');
	block.setAttribute('aria-label', label);
	const copy = make('button', { type: 'button', className: 'button copy', onclick: () => copyText(block, copy) }, 'Copy');
	copy.setAttribute('aria-label', `Copy: ${label}`);
	return make('div', { className: 'code' }, make('div', { className: 'head' }, make('span', {}, label), copy), block);
}

async function copyText(block, button) {
	try {
		await navigator.clipboard.writeText(block.textContent);
	} catch {
		getSelection().selectAllChildren(block); // a page over plain HTTP from another machine has no clipboard
		document.execCommand('copy');
	}
	button.textContent = 'Copied';
	setTimeout(() => (button.textContent = 'Copy'), 1500);
}
