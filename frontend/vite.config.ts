import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The hub that `npm run dev` shows; its REST and sockets are passed through. */
const hub = process.env.EMITSCOPE_URL ?? 'http://127.0.0.1:8092';

/**
 * Says the order of the layers at the top of each style sheet: it is that of
 * their first mention, and nobody knows which of the files comes first.
 */
const layers: Plugin = {
	name: 'layers',
	enforce: 'post',
	generateBundle(_, bundle) {
		for (const file of Object.values(bundle))
			if (file.type === 'asset' && file.fileName.endsWith('.css')) file.source = `@layer reset, tokens, base, ui, views;\n${String(file.source)}`;
	},
};

/**
 * Names the page's script and style in index.html, which are imported only once
 * its frame is painted (src/early.ts), so that the browser fetches them at once.
 */
const preloads: Plugin = {
	name: 'preloads',
	transformIndexHtml: {
		order: 'post',
		handler: (_, { bundle }) =>
			Object.values(bundle ?? {}).flatMap((file) => {
				if (file.type !== 'chunk' || file.name !== 'page') return [];
				const styles = [...(file.viteMetadata?.importedCss ?? [])].map((name) => ({ tag: 'link', attrs: { rel: 'preload', as: 'style', href: `./${name}`, crossorigin: true } }));
				return [{ tag: 'link', attrs: { rel: 'modulepreload', href: `./${file.fileName}`, crossorigin: true } }, ...styles];
			}),
	},
};

/**
 * Writes the names of the npm packages that are in the page into the file that
 * EMITSCOPE_BUNDLED names: whoever hands the page on must name them.
 */
const bundled: Plugin = {
	name: 'bundled',
	generateBundle() {
		const file = process.env.EMITSCOPE_BUNDLED;
		if (!file) return;
		const names = [...this.getModuleIds()].flatMap((id) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
		writeFileSync(file, JSON.stringify([...new Set(names)].sort()));
	},
};

/** What is known of modules when their chunks are named. */
interface Modules {
	getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

/** What a module imports, and what that imports. */
function closure(of: string, modules: Modules): Set<string> {
	const all = new Set<string>();
	const wanted = [path(of)];
	for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
		if (all.has(next)) continue;
		all.add(next);
		wanted.push(...(modules.getModuleInfo(next)?.importedIds ?? []));
	}
	return all;
}

/**
 * What paints the page's frame is one script and one style sheet (early), and
 * what the page needs to come up another (page). What other screens need too
 * would be a file each otherwise, thirty in all, and each costs some time before
 * anything is seen.
 */
let early: Set<string> | undefined;
let page: Set<string> | undefined;
function chunkOf(id: string, modules: Modules): string | null {
	early ??= closure('src/early.ts', modules).add('\0vite/preload-helper.js');
	page ??= closure('src/main.ts', modules);
	return early.has(id) ? 'early' : page.has(id) ? 'page' : null;
}

export default defineConfig({
	// Relative, so that the same files work at the hub's root and in the window.
	base: './',
	plugins: [svelte(), layers, preloads, bundled],
	resolve: {
		alias: {
			$lib: path('src/lib'),
			$messages: path('src/messages/index.svelte.ts'),
			$views: path('src/views'),
		},
		// Runes outside components are tested as the browser runs them.
		...(process.env.VITEST ? { conditions: ['browser'] } : {}),
	},
	build: {
		outDir: 'dist',
		emptyOutDir: true, // public/.gitkeep brings dist/.gitkeep back, which Go's embed needs
		assetsInlineLimit: 0, // the content security policy allows no data: URLs
		modulePreload: { polyfill: false }, // every browser that this is built for knows it
		target: 'es2022',
		reportCompressedSize: false,
		rolldownOptions: { output: { codeSplitting: { groups: [{ name: chunkOf, debugName: 'page' }] } } },
	},
	server: {
		proxy: { '/api': { target: hub, ws: true, changeOrigin: true }, '/metrics': { target: hub, changeOrigin: true } },
	},
	test: {
		include: ['src/**/*.test.ts'],
		isolate: false, // a test shares nothing with another, so files can share what they import: loading it anew for each took most of the time
		unstubGlobals: true,
		environment: 'node',
		env: { TZ: 'Asia/Kolkata' }, // UTC+05:30: a wrong zone shows even in the minutes
	},
});
