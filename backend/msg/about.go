package msg

import "time"

// About is what a hub says of itself to whoever looks after it.
type About struct {
	Version      string
	Started      time.Time
	System       string // as in runtime.GOOS
	Machine      string // as in runtime.GOARCH
	DataDir      string
	SettingsFile string // empty: there is none
	Files        []KeptFile
	UDP          *UDP // nil: it takes no datagrams
}

// KeptFile is one file of the data folder.
type KeptFile struct {
	Name  string // with slashes, from the data folder on
	Bytes int64
	Kind  FileKind
}

// FileKind is what is in a file of the data folder.
type FileKind string

// What a hub keeps. Private files are in no backup: they can do what the hub can.
const (
	FileSequence    FileKind = "sequence"    // the last message number
	FileKeys        FileKind = "keys"        // hashes of keys
	FileLanes       FileKind = "lanes"       // lane settings changed while it ran
	FileCertificate FileKind = "certificate" // that others see
	FilePrivateKey  FileKind = "private_key" // of the certificate
	FileWindow      FileKind = "window"      // where the window was
	FileLock        FileKind = "lock"        // keeps other hubs out
	FileQueries     FileKind = "queries"     // queries that somebody saved
	FileDrafts      FileKind = "drafts"      // messages that somebody saved to send them again
	FileBoards      FileKind = "boards"      // boards that somebody saved
	FileAlerts      FileKind = "alerts"      // alerts that somebody made or changed
	FileSimulators  FileKind = "simulators"  // what is made up
	FileRules       FileKind = "rules"       // reply rules that somebody saved
	FileRecording   FileKind = "recording"   // messages that somebody recorded
	FileOther       FileKind = "other"       // nobody knows
)

// Erased is what a hub forgot because it was told to.
type Erased struct {
	Messages   int // of the recent ones
	Recordings int
	Keys       int // revoked
	Lanes      int // back to what settings file or defaults say
}
