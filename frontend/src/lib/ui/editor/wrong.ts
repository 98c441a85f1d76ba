import { RangeSet, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView, GutterMarker, gutterLineClass } from '@codemirror/view';

/** Tells where the mistake is, in characters from 0; null: there is none. */
export const tellWrong = StateEffect.define<number | null>();

const mark = Decoration.mark({ class: 'cm-wrong' });
const line = new (class extends GutterMarker {
	override elementClass = 'cm-wrongLine';
})();

/** The place of the mistake. It moves with the text until it is told anew. */
const place = StateField.define<DecorationSet>({
	create: () => Decoration.none,
	update(places, change) {
		for (const effect of change.effects) {
			if (!effect.is(tellWrong)) continue;
			const end = change.state.doc.length;
			if (effect.value === null || end === 0) return Decoration.none;
			const at = Math.min(effect.value, end - 1); // of what is missing at the end, the last character is marked
			return Decoration.set(mark.range(at, at + 1));
		}
		return places.map(change.changes);
	},
	provide: (field) => [
		EditorView.decorations.from(field),
		gutterLineClass.compute([field], (state) => {
			const from = state.field(field).iter().from;
			return state.field(field).size > 0 ? RangeSet.of(line.range(state.doc.lineAt(from).from)) : RangeSet.empty;
		}),
	],
});

export const wrong = [place];
