package msg_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestWhatMakesNoSenseIsRefusedByName(t *testing.T) {
	ok := msg.FaultSettings{For: time.Minute, Dropped: 0.5}
	for want, change := range map[string]func(s *msg.FaultSettings){
		"no fault is chosen": func(s *msg.FaultSettings) { s.Dropped = 0 },
		"drop is":            func(s *msg.FaultSettings) { s.Dropped = 1.1 },
		"duplicate is":       func(s *msg.FaultSettings) { s.Duplicated = -0.1 },
		"reorder is":         func(s *msg.FaultSettings) { s.Reordered = math.NaN() },
		"disconnect is":      func(s *msg.FaultSettings) { s.Disconnected = 2 },
		"slow_share is":      func(s *msg.FaultSettings) { s.Slowed = 2 },
		"slow_rate is":       func(s *msg.FaultSettings) { s.Slowed = 1 },
		"slow_client and":    func(s *msg.FaultSettings) { s.Slowed, s.SlowClient, s.SlowRate = 1, "a", 1 },
		"delay_share is":     func(s *msg.FaultSettings) { s.Delayed = 1 },
		"delay is":           func(s *msg.FaultSettings) { s.Delayed, s.Delay = 1, time.Hour },
		"jitter is":          func(s *msg.FaultSettings) { s.Delayed, s.Jitter = 1, -1 },
		"stall is":           func(s *msg.FaultSettings) { s.Stall = time.Hour },
		"stall_every is":     func(s *msg.FaultSettings) { s.Stall, s.StallEvery = time.Second, time.Second },
		"for is":             func(s *msg.FaultSettings) { s.For = 2 * time.Hour },
	} {
		s := ok
		change(&s)
		err := s.Check()
		if !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) || fault.From(err).Code != "invalid_fault" {
			t.Errorf("got %v, want Invalid that begins %q", err, want)
		}
	}
	if err := ok.Check(); err != nil {
		t.Errorf("got %v for what makes sense", err)
	}
}
