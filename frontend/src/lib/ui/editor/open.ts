import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { language } from './language';
import { adoptStyles } from './styles';
import { wrong } from './wrong';

adoptStyles();

const look = EditorView.theme({
	'&': { height: '100%', color: 'var(--text)', fontSize: 'var(--editor-size, var(--type-ui))' },
	'&.cm-focused': { outline: 'none' },
	'.cm-scroller': { fontFamily: 'var(--font-data)', fontWeight: '500', lineHeight: '22px', fontVariantLigatures: 'none', fontFeatureSettings: '"calt" 0' },
	'.cm-content': { padding: 'var(--space-2) 0', caretColor: 'var(--accent)' },
	'.cm-line': { padding: '0 var(--space-3) 0 var(--space-1)' },
	'.cm-gutters': { backgroundColor: 'transparent', color: 'var(--text-3)', border: 'none', fontSize: 'var(--type-data)' },
	'.cm-lineNumbers .cm-gutterElement': { minWidth: '40px', padding: '0 var(--space-3) 0 var(--space-1)' },
	'.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'transparent' },
	'&.cm-focused .cm-activeLine, &.cm-focused .cm-activeLineGutter': { backgroundColor: 'var(--surface-2)' },
	'.cm-activeLineGutter': { color: 'inherit' },
	'&.cm-focused .cm-matchingBracket': { backgroundColor: 'transparent', outline: '1px solid var(--line-strong)' },
	'&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', color: 'inherit' },
	'.cm-wrong': { textDecoration: 'underline wavy var(--lost)', textDecorationSkipInk: 'none' },
	'.cm-wrongLine': { color: 'var(--lost)', boxShadow: 'inset 2px 0 var(--lost)' },
});

interface Options {
	parent: HTMLElement;
	text: string;
	/** Called with the whole text when its reader has changed it. */
	onchange: (text: string) => void;
	/** What the textbox says of itself; asked again at every change. */
	attributes: () => Record<string, string>;
}

/** Opens an editor. Tab leaves it, for it must not hold anybody who has no mouse; what is deeper is indented by Enter. */
export function openEditor({ parent, text, onchange, attributes }: Options): EditorView {
	return new EditorView({
		parent,
		state: EditorState.create({
			doc: text,
			extensions: [
				lineNumbers(),
				highlightActiveLine(),
				highlightActiveLineGutter(),
				history(),
				indentUnit.of('  '),
				indentOnInput(),
				bracketMatching(),
				// Ctrl and Enter are the page's.
				keymap.of([...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'), ...historyKeymap]),
				language,
				wrong,
				look,
				EditorView.contentAttributes.of(() => ({ autocapitalize: 'off', spellcheck: 'false', ...attributes() })),
				EditorView.updateListener.of((update) => {
					if (update.docChanged) onchange(update.state.doc.toString());
				}),
			],
		}),
	});
}
