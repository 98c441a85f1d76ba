import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Stats } from '$lib/wire';

/** The program under test: make server. */
export const program = process.env.EMITSCOPE_SERVER ?? fileURLToPath(new URL('../../build/bin/emitscope-server', import.meta.url));

/** A real hub, on a free port of this machine, with data of its own. */
export class RealHub {
	/** Such as "http://127.0.0.1:41234". */
	url = '';
	#folder = '';
	#process: ChildProcess | null = null;

	/** It is started with these arguments, too. */
	constructor(private readonly more: readonly string[] = []) {}

	/** Starts it; once more after stop() it has the same address and data. */
	async start(): Promise<void> {
		if (!existsSync(program)) throw new Error(`${program} is not there: make server`);
		this.#folder ||= await mkdtemp(join(tmpdir(), 'emitscope-e2e-'));
		const address = this.url ? new URL(this.url).host : '127.0.0.1:0';
		const settings = join(this.#folder, 'config.toml'); // not those of whoever runs the tests
		await writeFile(settings, '', { flag: 'a' });
		const args = ['serve', '--no-mdns', '--config', settings, '--addr', address, '--data-dir', join(this.#folder, 'data'), ...this.more];
		const started = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
		this.#process = started;
		const log: string[] = [];
		createInterface({ input: started.stderr }).on('line', (line) => log.push(line));
		this.url = await new Promise((resolve, reject) => {
			createInterface({ input: started.stdout }).on('line', (line) => {
				const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
				if (found) resolve(found);
			});
			started.once('exit', (code) => reject(new Error(`the hub ended with ${code}:\n${log.join('\n')}`)));
		});
	}

	/** Ends it, as a person would, or as a crash would. */
	async stop(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
		const process = this.#process;
		this.#process = null;
		if (!process || process.exitCode !== null) return;
		await new Promise((resolve) => {
			process.once('exit', resolve);
			process.kill(how);
		});
	}

	/** Ends it and removes its data. */
	async remove(): Promise<void> {
		await this.stop();
		await rm(this.#folder, { recursive: true, force: true });
	}

	/** Hands in messages, all at once. */
	async publish(...messages: object[]): Promise<void> {
		await this.#ask('POST', '/api/v1/messages', messages);
	}

	/** Changes a lane's settings. */
	async patchLane(namespace: string, patch: object): Promise<void> {
		await this.#ask('PATCH', `/api/v1/lanes/${encodeURIComponent(namespace)}`, patch);
	}

	/** Saves a query under a name. */
	async saveQuery(name: string, query: string): Promise<void> {
		await this.#ask('PUT', `/api/v1/queries/${encodeURIComponent(name)}`, { query });
	}

	/** Changes how the hub is shared. */
	async patchSharing(patch: object): Promise<void> {
		await this.#ask('PATCH', '/api/v1/sharing', patch);
	}

	/** How many messages it has emitted since it started. */
	async emitted(): Promise<number> {
		const stats = (await (await fetch(`${this.url}/api/v1/stats`)).json()) as Stats;
		return stats.counters.emitted;
	}

	async #ask(method: string, path: string, body: object): Promise<void> {
		const answer = await fetch(this.url + path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
		if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	}
}
