package server

import (
	"log/slog"
	"path/filepath"
	"strings"

	"emitscope/backend/config"
	"emitscope/backend/scope/tape"
)

// recordingsFolder is where recordings are in the data folder.
const recordingsFolder = "recordings"

// newTape returns the recordings that are in the data folder. What waits to be written is
// part of the memory that the settings allow.
func newTape(cfg config.Config, version string, log *slog.Logger) *tape.Tape {
	o := tape.Options{
		Folder: filepath.Join(cfg.DataDir, recordingsFolder), Version: version, Keep: tape.Keep(cfg.Recordings), Log: log,
	}
	if limit := cfg.Limits.Memory; limit > 0 {
		const share = 16 // of the memory, for each recording
		o.MaxWaitingBytes = min(tape.DefaultMaxWaitingBytes, limit/share)
	}
	return tape.New(o)
}

// isRecording reports whether a file of the data folder belongs to a recording.
func isRecording(name string) bool { return strings.HasPrefix(name, recordingsFolder+"/") }
