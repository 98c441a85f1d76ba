import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Browser tests: they drive the built page, so build first. */
export default defineConfig({
	resolve: { alias: { $lib: fileURLToPath(new URL('src/lib', import.meta.url)) } },
	test: {
		include: ['e2e/**/*.test.ts'],
		environment: 'node',
		testTimeout: 30_000,
		hookTimeout: 30_000,
		expect: { poll: { timeout: 10_000 } }, // the machine may be busy with what the tests do not wait for
		retry: process.env.CI ? 1 : 0, // a shared machine may stand still for seconds; the report names what was tried again
		maxWorkers: 2, // while one waits the other works; more browsers are more than a small machine has
		isolate: false, // or every file would load the browser's driver again
	},
});
