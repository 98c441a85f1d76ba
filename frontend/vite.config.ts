import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The hub that `npm run dev` shows; its REST and sockets are passed through. */
const hub = process.env.EMITSCOPE_URL ?? 'http://127.0.0.1:8092';

export default defineConfig({
	// Relative, so that the same files work at the hub's root and in the window.
	base: './',
	plugins: [svelte()],
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
		modulePreload: { polyfill: false }, // there is one chunk
		target: 'es2022',
		reportCompressedSize: false,
	},
	server: {
		proxy: { '/api': { target: hub, ws: true, changeOrigin: true }, '/metrics': { target: hub, changeOrigin: true } },
	},
	test: {
		include: ['src/**/*.test.ts'],
		environment: 'node',
		env: { TZ: 'Asia/Kolkata' }, // UTC+05:30: a wrong zone shows even in the minutes
	},
});
