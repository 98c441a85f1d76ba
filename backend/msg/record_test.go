package msg_test

import (
	"testing"
	"time"

	"emitscope/backend/msg"
)

func TestWhatWasHandedInAheadOfItsTimeWaitsFromThereOn(t *testing.T) {
	accepted := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct{ leaveAt, left, held, want time.Duration }{
		"no time of its own":         {0, 7, 0, 7},
		"ahead of it":                {200, 203, 0, 3},
		"too late for it":            {-100, 5, 0, 5},
		"held back on purpose, too":  {200, 303, 100, 3},
		"held back, without its own": {0, 107, 100, 7},
	} {
		m := &msg.Message{Accepted: accepted}
		if c.leaveAt != 0 {
			m.LeaveAt = accepted.Add(c.leaveAt)
		}
		if got := (&msg.Record{Message: m, At: accepted.Add(c.left), Held: c.held}).Wait(); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
