package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// PresetNamespace is there from the first start, at one message each 10 ms: the
// pace of the market feeds this hub was first made for.
const PresetNamespace = "/ws/rt_market"

// LaneSettings returns the lanes that are there at a start, with whole settings:
// the preset, those of the file, and those saved when the hub last ran (see
// LoadLanes; nil: none). What the file says holds; what it does not say is as it
// was saved, or else the default.
func (c Config) LaneSettings(saved map[string]msg.LaneSettings) map[string]msg.LaneSettings {
	all := map[string]msg.LaneSettings{PresetNamespace: unconfigured(PresetNamespace)}
	maps.Copy(all, saved)
	for name, patch := range c.Lanes {
		base, was := all[name]
		if !was {
			base = unconfigured(name)
		}
		s, err := patch.Apply(base)
		if err != nil { // what was saved does not go with what the file says
			s, _ = patch.Apply(unconfigured(name))
		}
		all[name] = s
	}
	return all
}

// LaneWithout returns the settings of a lane that nobody changed while the hub
// ran: those of the file, over the defaults. named is false where neither the file
// nor the preset has it, so that it may come and go.
func (c Config) LaneWithout(namespace string) (s msg.LaneSettings, named bool) {
	if s, named = c.LaneSettings(nil)[namespace]; named {
		return s, true
	}
	return unconfigured(namespace), false
}

// unconfigured is what a lane's settings are before file and people change them.
func unconfigured(namespace string) msg.LaneSettings {
	s := msg.DefaultLaneSettings()
	if namespace == PresetNamespace {
		s.Pace.Interval = 10 * time.Millisecond
	}
	return s
}

func laneNames[T any](lanes map[string]T) []string { return slices.Sorted(maps.Keys(lanes)) }

// checkLane says what is wrong with what the file says of one lane, and which of
// its keys is to blame; the key is empty when it is the lane as a whole.
func checkLane(name string, p msg.LanePatch) (key string, err error) {
	if err := msg.CheckNamespace(name); err != nil {
		return "", blameLane(name, err)
	}
	base := unconfigured(name)
	for _, part := range laneParts(p) {
		if _, err := part.LanePatch.Apply(base); err != nil {
			return part.key, blameLane(name, err)
		}
	}
	if _, err := p.Apply(base); err != nil {
		return "", blameLane(name, err)
	}
	return "", nil
}

func blameLane(name string, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return fmt.Errorf("lane %q: %w", name, err)
	}
	blamed := *f
	blamed.Code = "invalid_config"
	blamed.Message = laneTable(name) + ": " + f.Message
	return &blamed
}

// lanePart is a part of a patch that can be wrong on its own.
type lanePart struct {
	key string
	msg.LanePatch
}

func laneParts(p msg.LanePatch) []lanePart {
	parts := []lanePart{
		{"interval", msg.LanePatch{Interval: p.Interval}},
		{"rate", msg.LanePatch{Rate: p.Rate}},
		{"catch_up", msg.LanePatch{CatchUp: p.CatchUp}},
		{"capacity", msg.LanePatch{Capacity: p.Capacity}},
		{"max_bytes", msg.LanePatch{MaxBytes: p.MaxBytes}},
	}
	if p.Full != nil && (*p.Full != msg.Latest || p.Key == nil) {
		parts = append(parts, lanePart{"full", msg.LanePatch{Full: p.Full}})
	}
	return append(parts, lanePart{"key", msg.LanePatch{Full: p.Full, Key: p.Key}})
}
