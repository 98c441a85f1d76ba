import type { FeedAlerts, FeedCleared, FeedFaults, FeedExperiment, FeedFrame, FeedHello, FeedRecordings, FeedSharing, SocketBye, SocketError } from '$lib/wire';

/** Everything the hub says on the viewer's feed. */
export type FeedMessage = FeedHello | FeedFrame | FeedSharing | FeedFaults | FeedAlerts | FeedRecordings | FeedCleared | FeedExperiment | SocketBye | SocketError;

/**
 * Reads one frame of the feed. Anything this page does not know, such as a
 * frame of a newer hub, is null and ignored.
 */
export function decodeFeed(text: unknown): FeedMessage | null {
	if (typeof text !== 'string') return null;
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return null;
	}
	if (typeof value !== 'object' || value === null || !('type' in value)) return null;
	switch (value.type) {
		case 'hello':
			return 'points' in value && Array.isArray(value.points) ? (value as FeedHello) : null;
		case 'frame':
			return 'messages' in value && Array.isArray(value.messages) && 'lanes' in value && Array.isArray(value.lanes)
				? (value as FeedFrame)
				: null;
		case 'sharing':
			return 'sharing' in value && typeof value.sharing === 'object' && value.sharing !== null ? (value as FeedSharing) : null;
		case 'faults':
			return 'faults' in value && Array.isArray(value.faults) ? (value as FeedFaults) : null;
		case 'alerts':
			return 'raised' in value && Array.isArray(value.raised) ? (value as FeedAlerts) : null;
		case 'recordings':
			return value as FeedRecordings;
		case 'cleared':
			return value as FeedCleared;
		case 'experiment':
			return 'experiment' in value && typeof value.experiment === 'object' && value.experiment !== null ? (value as FeedExperiment) : null;
		case 'stopping':
			return value as SocketBye;
		case 'error':
			return 'message' in value ? (value as SocketError) : null;
		default:
			return null;
	}
}
