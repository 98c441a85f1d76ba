package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"emitscope/backend/config"
	"emitscope/backend/fault"
	"emitscope/backend/flow/intake"
	"emitscope/backend/flow/lane"
	"emitscope/backend/msg"
)

// lockDataDir keeps other hubs out of the data folder until the file is closed:
// two of them would give out the same message numbers.
func lockDataDir(dataDir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dataDir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !lock(f) {
		_ = f.Close() // nothing was written
		return nil, fault.Newf(fault.Conflict, "another hub uses the data folder %s", dataDir).WithCode("data_dir_in_use").
			WithHint("end that hub, or give this one a folder of its own with --data-dir")
	}
	return f, nil
}

// openSequence continues the message numbers of the last start.
func openSequence(dataDir string) (*intake.Sequence, error) {
	file := filepath.Join(dataDir, "sequence")
	text, err := os.ReadFile(file)
	last := uint64(0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("read the last message number: %w", err)
	default:
		if last, err = strconv.ParseUint(strings.TrimSpace(string(text)), 10, 53); err != nil {
			return nil, fault.Newf(fault.Conflict, "%s does not hold a message number", file).
				WithHint("write a number into it that is larger than any used, or delete it to begin at 1")
		}
	}
	return intake.NewSequence(last, func(upTo uint64) error {
		return config.WriteFileAtomic(file, strconv.AppendUint(nil, upTo, 10), 0o600)
	}), nil
}

// lanes are the lanes, whose settings are kept for the next start when somebody
// changes them while the hub runs.
type lanes struct {
	*lane.Set
	dataDir string
	without func(namespace string) (settings msg.LaneSettings, named bool) // what nobody changed
	log     *slog.Logger
	saving  *sync.Mutex
}

// openLanes makes the lanes that are there from the start: the preset, those of
// the settings file, and those changed when the hub last ran. wake is the
// emitter's.
func openLanes(cfg config.Config, reached func(limit string), log *slog.Logger, wake func()) (lanes, error) {
	saved, err := config.LoadLanes(cfg.DataDir, log)
	if err != nil {
		return lanes{}, err
	}
	set := lane.New(lane.Options{Configured: cfg.LaneSettings(saved), Wake: wake, MaxLanes: cfg.Limits.MaxLanes, Reached: reached})
	return lanes{Set: set, dataDir: cfg.DataDir, without: cfg.LaneWithout, log: log, saving: &sync.Mutex{}}, nil
}

// Patch changes a lane's settings from this moment on. Settings that cannot be
// kept for the next start are in force all the same.
func (l lanes) Patch(namespace string, p msg.LanePatch) (msg.LaneState, error) {
	state, err := l.Set.Patch(namespace, p)
	if err != nil {
		return state, err
	}
	l.log.Info("Lane settings changed", "namespace", namespace)
	l.save()
	return state, nil
}

// Reset gives a lane the settings that it has when nobody changes it.
func (l lanes) Reset(namespace string) (msg.LaneState, error) {
	settings, named := l.without(namespace)
	state, err := l.Set.Reset(namespace, settings, named)
	if err != nil {
		return state, err
	}
	l.log.Info("Lane settings reset", "namespace", namespace)
	l.save()
	return state, nil
}

// resetAll does so with every lane that somebody changed, and returns how many
// there were.
func (l lanes) resetAll() (changed int) {
	for _, lane := range l.List() {
		if settings, named := l.without(lane.Namespace); lane.Settings == settings && lane.Configured == named {
			continue
		}
		if _, err := l.Reset(lane.Namespace); err == nil { // or it has expired meanwhile
			changed++
		}
	}
	return changed
}

// save keeps what somebody configured for the next start.
func (l lanes) save() {
	l.saving.Lock()
	defer l.saving.Unlock()
	settings := make(map[string]msg.LaneSettings)
	for _, lane := range l.List() {
		if lane.Configured {
			settings[lane.Namespace] = lane.Settings
		}
	}
	if err := config.SaveLanes(l.dataDir, settings); err != nil {
		l.log.Warn("Lane settings not kept for the next start", "error", err)
	}
}
