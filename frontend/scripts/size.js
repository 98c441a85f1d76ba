// Sums what a first visit loads, compressed as a server would send it, without
// the fonts, which the browser fetches beside it and keeps. Fails over 150 kB.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const limit = 150_000;

const names = readdirSync(dist, { recursive: true })
	.map(String)
	.filter((name) => /\.(html|js|css|svg)$/.test(name));
// What the page does not name is loaded once it is wanted.
const page = names.includes('index.html') ? readFileSync(new URL('index.html', dist), 'utf8') : '';
const files = names.map((name) => ({
	name,
	size: gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length,
	isFirst: name === 'index.html' || page.includes(name),
}));
const sum = files.reduce((total, file) => total + (file.isFirst ? file.size : 0), 0);

for (const { name, size, isFirst } of files) console.log(`${String(size).padStart(8)}  ${name}${isFirst ? '' : ' (later)'}`);
console.log(`${String(sum).padStart(8)}  of ${limit} bytes, gzip, without fonts`);
if (files.length === 0) throw new Error('dist is empty: build first');
if (sum > limit) process.exitCode = 1;
