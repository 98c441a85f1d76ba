package msg

import "time"

// Act is something that somebody did to the hub or at its doors, or tried to,
// and that somebody may ask about later.
type Act struct {
	Kind    ActKind
	By      Caller
	Door    Door   // through which; empty where none is meant
	Subject string // what it was done to: a lane's namespace, a client's id, a key's name; may be empty
	Detail  string // what about it, for a person; may be empty
}

// ActKind says what was done.
type ActKind string

// What can be done.
const (
	Connected          ActKind = "connected"           // a client or a viewer came in
	Refused            ActKind = "refused"             // somebody did not: Subject is the code of the error
	LaneChanged        ActKind = "lane_changed"        // Subject is its namespace
	ClientDisconnected ActKind = "client_disconnected" // Subject is its id
	ClientChanged      ActKind = "client_changed"      // Subject is its id
	SharingOn          ActKind = "sharing_on"
	SharingOff         ActKind = "sharing_off"
	OpenViewOn         ActKind = "open_view_on"
	OpenViewOff        ActKind = "open_view_off"
	KeyMade            ActKind = "key_made"     // Subject is its name
	KeyRevoked         ActKind = "key_revoked"  // Subject is its name
	LinkShown          ActKind = "link_shown"   // somebody was told the view link
	LaneReset          ActKind = "lane_reset"   // Subject is its namespace
	RuleChanged        ActKind = "rule_changed" // Subject is its name
	RuleRemoved        ActKind = "rule_removed" // Subject is its name
	MessagesCleared    ActKind = "messages_cleared"
	BackupMade         ActKind = "backup_made"
	DataDeleted        ActKind = "data_deleted"
	ExperimentStarted  ActKind = "experiment_started"
	SimulatorStarted   ActKind = "simulator_started"  // Subject is its name
	SimulatorStopped   ActKind = "simulator_stopped"  // Subject is its name
	FaultsOn           ActKind = "faults_on"          // Subject is the namespace, Detail which
	FaultsOff          ActKind = "faults_off"         // Subject is the namespace
	AlertChanged       ActKind = "alert_changed"      // Subject is its name
	AlertRemoved       ActKind = "alert_removed"      // Subject is its name
	RecordingStarted   ActKind = "recording_started"  // Subject is its name
	RecordingStopped   ActKind = "recording_stopped"  // Subject is its name
	RecordingRemoved   ActKind = "recording_removed"  // Subject is its name
	ReplayStarted      ActKind = "replay_started"     // Subject is the recording's name
	ReplayStopped      ActKind = "replay_stopped"     // Subject is the recording's name
	RecordingImported  ActKind = "recording_imported" // Subject is its name
	RecordingRenamed   ActKind = "recording_renamed"  // Subject is the name it had, Detail the new one
	FlightKept         ActKind = "flight_kept"        // Subject is the name of the recording
)

// ActKinds returns every kind.
func ActKinds() []ActKind {
	return []ActKind{
		Connected, Refused, LaneChanged, ClientDisconnected, ClientChanged, SharingOn, SharingOff, OpenViewOn, OpenViewOff,
		KeyMade, KeyRevoked, LinkShown, LaneReset, RuleChanged, RuleRemoved, MessagesCleared, BackupMade, DataDeleted, ExperimentStarted, SimulatorStarted, SimulatorStopped,
		FaultsOn, FaultsOff, AlertChanged, AlertRemoved, RecordingStarted, RecordingStopped, RecordingRemoved, ReplayStarted, ReplayStopped, RecordingImported, RecordingRenamed, FlightKept,
	}
}

// AuditEntry is one act, or several alike that came close together.
type AuditEntry struct {
	Act
	ID    uint64 // counts up from 1 with each start
	First time.Time
	Last  time.Time // the same as First when Count is 1
	Count int
}
