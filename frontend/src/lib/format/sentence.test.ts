import { expect, it } from 'vitest';
import { sentence } from '$lib/format/sentence';

it.for([
	['the key is unknown', 'The key is unknown.'],
	['Ask for another.', 'Ask for another.'],
	['请重试。', '请重试。'],
	['', ''],
])('makes a sentence of "%s"', ([said, read]) => expect(sentence(said ?? '')).toBe(read));
