import { expect, it } from 'vitest';
import type { AuditEntry } from '$lib/wire';
import { language } from '$messages';
import { whatOf, whoOf } from './words';

const w = language.words.audit;
const entry = (kind: string, more: Partial<AuditEntry> = {}): AuditEntry => ({ id: 1, time: '', count: 1, kind, ...more });

it.for([
	[entry('lane_changed', { subject: '/ws/rt_market' }), 'changed lane /ws/rt_market', ''],
	[entry('key_made', { subject: 'feeder-01', detail: 'view publish' }), 'made key feeder-01', 'view publish'],
	[entry('refused', { subject: 'unknown_key', detail: 'the key is unknown' }), 'refused: wrong key', ''],
	[entry('refused', { subject: 'wrong_origin', detail: 'pages of "http://evil" may not' }), 'refused: a page of another site', 'pages of "http://evil" may not'],
	[entry('refused', { subject: 'toString', detail: 'no' }), 'refused: no', ''],
	[entry('connected', { door: 'socketio' }), 'connected by Socket.IO', ''],
	[entry('connected', { door: 'websocket', subject: 'viewer' }), 'opened this interface', ''],
	[entry('painted', { subject: 'fence' }), 'painted fence', ''],
] as const)('says %o in words', ([what, text, detail]) => {
	expect(whatOf(what, w)).toEqual({ text, detail });
});

it('names this machine, and others by their address', () => {
	expect(['127.0.0.1', '192.168.1.10', ''].map((address) => whoOf(entry('connected', { address, local: true }), w))).toEqual([
		'this machine', 'this machine', 'this machine',
	]);
	expect(['192.168.1.20', ''].map((address) => whoOf(entry('connected', { address }), w))).toEqual(['192.168.1.20', 'unknown']);
});

it('takes nobody for this machine who is behind a proxy on it', () => {
	expect(['127.0.0.1', '::1'].map((address) => whoOf(entry('connected', { address }), w))).toEqual(['by a proxy', 'by a proxy']);
});
