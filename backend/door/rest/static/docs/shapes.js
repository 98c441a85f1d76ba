// What a schema allows, in words and as a list of fields.
import { make, words } from './dom.js';

const nameOf = (ref) => ref.slice(ref.lastIndexOf('/') + 1);

/** Shapes reads the schemas of one document. */
export class Shapes {
	#schemas;

	constructor(doc) {
		this.#schemas = doc.components.schemas;
	}

	/** The kind of value, in a few words. */
	kind(schema) {
		if (schema.$ref) return nameOf(schema.$ref);
		if (schema.anyOf) return schema.anyOf.map((one) => this.kind(one)).join(' or ');
		if (schema.type === 'array') return `array of ${this.kind(schema.items)}`;
		if (schema.type === 'object' && schema.additionalProperties) return `object of ${this.kind(schema.additionalProperties)}`;
		return [schema.contentEncoding, schema.type ?? 'any JSON'].filter(Boolean).join(' ');
	}

	/** What bounds a value: limits, default, the values there are. */
	limits(schema) {
		const { minimum, maximum, maxLength, default: usual, enum: values } = schema;
		const facts = [];
		if (minimum !== undefined && maximum !== undefined) facts.push(`${minimum} to ${maximum}`);
		else if (minimum > 0) facts.push(`${minimum} or more`);
		if (maxLength !== undefined) facts.push(`at most ${maxLength} characters`);
		if (usual !== undefined) facts.push(`default ${usual}`);
		return [
			facts.length ? make('span', { className: 'limits' }, facts.join(', ')) : null,
			values?.length > 1 ? make('span', { className: 'limits' }, ...values.flatMap((v, i) => [i ? ' ' : '', make('code', {}, v)])) : null,
		];
	}

	/** One row: a name, what kind of value it has, and what it means. */
	row(name, schema, note, text, ...more) {
		return make('li', {},
			make('div', { className: 'field' },
				make('div', {},
					make('code', {}, name),
					make('span', { className: 'kind' }, this.kind(schema)),
					note ? make('span', { className: note === 'required' ? 'note must' : 'note' }, note) : null),
				make('div', {}, ...words(text), ...this.limits(schema))),
			...more);
	}

	/**
	 * The fields of an object, those of the objects in it indented below them.
	 * Which fields are needed is said of what a program sends; of what it gets,
	 * which may be absent. null: the schema has no fields.
	 */
	fields(schema, sent, above = []) {
		const name = this.#inside(schema);
		const shape = name ? this.#schemas[name] : schema; // undefined: the body is a file
		if (!shape?.properties || above.includes(name)) return null;
		const all = Object.entries(shape.properties);
		const rows = all.map(([field, s]) => {
			const needed = shape.required?.includes(field);
			const note = sent ? (needed ? 'required' : '') : needed ? '' : 'may be absent';
			const inner = this.fields(s, sent, [...above, name]);
			return this.row(field, s, note, s.description ?? '',
				inner && make('details', { open: all.length < 4 }, make('summary', {}, `Fields of ${this.#inside(s)}`), inner));
		});
		return make('ul', { className: 'fields' }, ...rows);
	}

	/** The named shape a schema is, or is a list, a map or a choice of. */
	#inside(schema) {
		if (!schema) return undefined;
		if (schema.$ref) return nameOf(schema.$ref);
		const more = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
		return this.#inside(schema.items ?? more ?? schema.anyOf?.[0]);
	}
}
