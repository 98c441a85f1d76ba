import { StyleModule } from 'style-mod';

/**
 * Has the editor's styles adopted by the document. The library would write them
 * into a style element, which the page's policy forbids: who could write one could
 * also make a payload look like something else.
 */
export function adoptStyles(): void {
	const mounted: StyleModule[] = [];
	let sheet: CSSStyleSheet | null = null;
	StyleModule.mount = (_root, modules) => {
		if (!sheet) {
			sheet = new CSSStyleSheet();
			document.adoptedStyleSheets = [sheet, ...document.adoptedStyleSheets];
		}
		// What is told first is first, so that what comes later wins.
		const wanted = [modules].flat();
		if (wanted.every((one) => mounted.includes(one))) return;
		mounted.splice(0, mounted.length, ...wanted, ...mounted.filter((one) => !wanted.includes(one)));
		sheet.replaceSync(mounted.map((one) => one.getRules()).join('\n'));
	};
}
