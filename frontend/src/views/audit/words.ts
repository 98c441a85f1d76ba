import type { AuditEntry } from '$lib/wire';
import type { Words } from '$messages';

type AuditWords = Words['audit'];

/** What was done, and what the hub adds to it in its own words. */
export function whatOf(entry: AuditEntry, w: AuditWords): { text: string; detail: string } {
	const { subject = '', detail = '' } = entry;
	const done = (text: string) => ({ text, detail });
	switch (entry.kind) {
		case 'connected':
			return done(connected(entry, w.acts));
		case 'refused': {
			const why = Object.hasOwn(w.refusals, subject) ? w.refusals[subject] : undefined;
			// About keys there is no more to say; of another site, which one it was.
			if (why) return { text: w.acts.refused(why), detail: subject.startsWith('wrong_') ? detail : '' };
			return { text: w.acts.refused(detail || subject), detail: '' };
		}
		case 'lane_changed':
			return done(w.acts.lane(subject));
		case 'client_disconnected':
			return done(w.acts.disconnected(subject));
		case 'client_changed':
			return done(w.acts.clientChanged(subject));
		case 'sharing_on':
			return done(w.acts.sharingOn);
		case 'sharing_off':
			return done(w.acts.sharingOff);
		case 'open_view_on':
			return done(w.acts.openOn);
		case 'open_view_off':
			return done(w.acts.openOff);
		case 'key_made':
			return done(w.acts.keyMade(subject));
		case 'key_revoked':
			return done(w.acts.keyRevoked(subject));
		case 'link_shown':
			return done(w.acts.link);
		case 'lane_reset':
			return done(w.acts.laneReset(subject));
		case 'rule_changed':
			return done(w.acts.ruleChanged(subject));
		case 'rule_removed':
			return done(w.acts.ruleRemoved(subject));
		case 'messages_cleared':
			return done(w.acts.cleared);
		case 'backup_made':
			return done(w.acts.backup);
		case 'data_deleted':
			return done(w.acts.erased);
		case 'experiment_started':
			return done(w.acts.experiment);
		case 'simulator_started':
			return done(w.acts.simulatorStarted(subject));
		case 'simulator_stopped':
			return done(w.acts.simulatorStopped(subject));
		case 'faults_on':
			return done(w.acts.faultsOn(subject));
		case 'faults_off':
			return done(w.acts.faultsOff(subject));
		case 'alert_changed':
			return done(w.acts.alertChanged(subject));
		case 'alert_removed':
			return done(w.acts.alertRemoved(subject));
		case 'recording_started':
			return done(w.acts.recordingStarted(subject));
		case 'recording_stopped':
			return done(w.acts.recordingStopped(subject));
		case 'recording_removed':
			return done(w.acts.recordingRemoved(subject));
		case 'replay_started':
			return done(w.acts.replayStarted(subject));
		case 'replay_stopped':
			return done(w.acts.replayStopped(subject));
		case 'recording_imported':
			return done(w.acts.recordingImported(subject));
		case 'recording_renamed':
			return { text: w.acts.recordingRenamed(subject, detail), detail: '' };
		case 'flight_kept':
			return done(w.acts.flightKept(subject));
		default:
			return done([entry.kind, subject].filter(Boolean).join(' ')); // a newer hub's
	}
}

function connected({ door, subject }: AuditEntry, w: AuditWords['acts']): string {
	if (subject === 'viewer') return w.viewer;
	switch (door) {
		case 'rest':
			return w.stream;
		case 'socketio':
			return w.by('Socket.IO');
		case 'websocket':
			return w.by('WebSocket');
		default:
			return w.connected;
	}
}

/** Where it was done from. */
export function whoOf({ address = '', local = false }: AuditEntry, w: AuditWords): string {
	if (local) return w.thisMachine;
	if (!address || address === 'invalid IP') return w.unknown;
	return /^(127\.|::1$)/.test(address) ? w.byProxy : address;
}
