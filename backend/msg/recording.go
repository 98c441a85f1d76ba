package msg

import (
	"strings"
	"time"

	"emitscope/backend/fault"
)

// RecordingState says how a recording stands.
type RecordingState string

// The states.
const (
	RecordingRuns        RecordingState = "recording"   // messages are added to it
	RecordingEnded       RecordingState = "ended"       // it is whole
	RecordingFailed      RecordingState = "failed"      // it ended by itself; Problem says why. What it has can be read
	RecordingInterrupted RecordingState = "interrupted" // the hub ended without a word; what was written until then can be read
	RecordingUnreadable  RecordingState = "unreadable"  // Problem says why
)

// NewRecording is what is to be recorded from now on.
type NewRecording struct {
	Name  string
	Query string        // which messages; empty: all
	For   time.Duration // then it ends by itself; 0: when it is told
}

// Recording is what is known of one recording. Messages are those that are written.
type Recording struct {
	Name         string
	State        RecordingState
	Query        string
	Began        time.Time
	Until        time.Time // when it ends by itself; zero: when it is told
	Ended        time.Time // zero: it has not
	First, Last  time.Time // when its first and last message was emitted, dropped or received; zero: it has none
	Messages     uint64
	PayloadBytes uint64
	Dropped      uint64 // messages that are missing in it, because they came faster than they could be written
	FileBytes    int64
	Problem      string    // for a person; empty: none
	Late         LateLimit // which of its emits are late, as its file notes
}

// FlightWhere is where the flight recorder keeps messages.
type FlightWhere string

// Where that can be.
const (
	FlightOnDisk   FlightWhere = "disk"
	FlightInMemory FlightWhere = "memory"
	FlightOff      FlightWhere = "off" // nowhere
)

// FlightState says how the flight recorder stands.
type FlightState string

// The states.
const (
	FlightRuns   FlightState = "recording"
	FlightFailed FlightState = "failed" // Problem says why; it tries again
	FlightIsOff  FlightState = "off"    // by the settings
)

// Flight is what is known of the flight recorder, which always has the last minutes.
type Flight struct {
	State     FlightState
	Where     FlightWhere
	First     time.Time // when the oldest message that it has was emitted, dropped or received; zero: it has none
	Messages  uint64    // that it has
	Dropped   uint64    // messages that are missing among them, because they came faster than it may write
	FileBytes int64     // or of memory
	MaxAge    time.Duration
	MaxBytes  int64
	Problem   string // for a person; empty: none
}

// KeepFlight has a recording made of what the flight recorder has.
type KeepFlight struct {
	Name  string        // empty: the time
	Last  time.Duration // only what ended in this last time; 0: all
	Query string        // only what this selects; empty: all
}

// PageFrom says where a page of a recording begins, which has the newest first, and how long
// it is.
type PageFrom struct {
	Before uint64    // only what stands before this place; 0: from the newest
	At     time.Time // from the newest that ended up to this moment; zero: from the newest
	Limit  int       // at most so many
}

// RecordedPage is a part of a recording, the newest first. It may end before it is
// full: nobody waits for long.
type RecordedPage struct {
	Records  []*Record
	Next     uint64    // the place before which the next page begins; 0: there is none
	LookedTo time.Time // when the next one that is looked at ended; zero: all are looked at
	Looked   float64   // share of the recording's messages, newest first, that are looked at by now, 1: all
}

// MaxRecordingFor is the longest that a recording may be asked to take.
const MaxRecordingFor = 366 * 24 * time.Hour

// maxRecordingBytes leaves room for what comes behind a name in a file's, which may
// have 255 bytes everywhere.
const maxRecordingBytes = 200

// notInFiles are the signs that no file's name can have on some system.
const notInFiles = `/\:*?"<>|`

// RecordingNameOf makes of a text what can be in a recording's name: signs that cannot
// become another one, and no more is left than most characters. CheckRecordingName says
// whether that is a name.
func RecordingNameOf(text string, instead rune, most int) string {
	name := []rune(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(notInFiles, r) {
			return instead
		}
		return r
	}, text))
	return string(name[:min(len(name), most)])
}

// CheckRecordingName returns an Invalid error unless a recording can have that name,
// which is its file's too, on whatever system the file is moved to.
func CheckRecordingName(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	bad := fault.Newf(fault.Invalid, "the name %q cannot be used for a recording", fault.Clip(name)).WithCode("invalid_name").WithField("name")
	base, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch {
	case len(name) > maxRecordingBytes:
		return fault.Newf(fault.Invalid, "the name has %d bytes; at most %d are allowed", len(name), maxRecordingBytes).
			WithCode("invalid_name").WithField("name").WithHint("choose a shorter one")
	case strings.ContainsAny(name, notInFiles):
		return bad.WithHint(`it names a file, too: leave out / \ : * ? " < > and |`)
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return bad.WithHint("it names a file, too: take the dot at its beginning or end out")
	case isDevice(strings.TrimSpace(base)):
		return bad.WithHint("Windows has a device of that name; choose another one")
	}
	return nil
}

// isDevice reports whether Windows opens something else than a file by that name.
func isDevice(name string) bool {
	switch name {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	port, isPort := strings.CutPrefix(name, "COM")
	if !isPort {
		port, isPort = strings.CutPrefix(name, "LPT")
	}
	return isPort && len([]rune(port)) == 1 && strings.ContainsAny(port, "0123456789¹²³")
}
