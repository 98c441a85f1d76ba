package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"emitscope/backend/msg"
)

// lanesFile keeps, in the data folder, what people changed while the hub ran.
const lanesFile = "lanes.json"

// saved is the content of lanesFile.
type saved struct {
	Lanes map[string]savedLane `json:"lanes"`
}

type savedLane struct {
	Interval string         `json:"interval"` // such as "12.5ms"; "0s": none
	Rate     float64        `json:"rate"`     // messages a second; 0: none
	CatchUp  msg.CatchUp    `json:"catch_up"`
	Capacity int            `json:"capacity"`
	MaxBytes int64          `json:"max_bytes"`
	Full     msg.FullPolicy `json:"full"`
	Key      string         `json:"key,omitempty"`
	Relay    bool           `json:"relay"`
}

// SaveLanes keeps lane settings in the data folder for the next start. Calls
// must not overlap.
func SaveLanes(dataDir string, lanes map[string]msg.LaneSettings) error {
	s := saved{Lanes: make(map[string]savedLane, len(lanes))}
	for name, l := range lanes {
		s.Lanes[name] = savedLane{
			Interval: l.Pace.Interval.String(), Rate: l.Pace.Rate, CatchUp: l.CatchUp,
			Capacity: l.Capacity, MaxBytes: l.MaxBytes, Full: l.Full, Key: l.Key, Relay: l.Relay,
		}
	}
	text, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return fmt.Errorf("encode lane settings: %w", err)
	}
	return WriteFileAtomic(filepath.Join(dataDir, lanesFile), append(text, '\n'), 0o600)
}

// LoadLanes returns the lane settings kept by SaveLanes; none when nothing was
// kept. A damaged file is set aside under another name, with a warning, so that
// the hub starts and nothing is lost. The error says why the file can neither be
// read nor set aside.
func LoadLanes(dataDir string, log *slog.Logger) (map[string]msg.LaneSettings, error) {
	path := filepath.Join(dataDir, lanesFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read lane settings: %w", err)
	}
	lanes, damage := decodeLanes(text)
	if damage == nil {
		return lanes, nil
	}
	aside := path + ".damaged-" + time.Now().UTC().Format("20060102T150405.000000000Z")
	if err := os.Rename(path, aside); err != nil {
		return nil, fmt.Errorf("set damaged lane settings aside: %w", err)
	}
	log.Warn("Lane settings damaged, set aside; lanes start as the configuration file says", "error", damage, "kept_as", aside)
	return nil, nil
}

func decodeLanes(text []byte) (map[string]msg.LaneSettings, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var s saved
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("there is more text after the settings")
	}
	lanes := make(map[string]msg.LaneSettings, len(s.Lanes))
	for name, l := range s.Lanes {
		interval, err := time.ParseDuration(l.Interval)
		if err != nil {
			return nil, err
		}
		lane := msg.LaneSettings{
			Pace: msg.Pace{Interval: interval, Rate: l.Rate}, CatchUp: l.CatchUp,
			Capacity: l.Capacity, MaxBytes: l.MaxBytes, Full: l.Full, Key: l.Key, Relay: l.Relay,
		}
		if err := errors.Join(msg.CheckNamespace(name), lane.Check()); err != nil {
			return nil, fmt.Errorf("lane %q: %w", name, err)
		}
		lanes[name] = lane
	}
	return lanes, nil
}
