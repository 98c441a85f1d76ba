//go:build !linux && !windows && !darwin

package emit

import (
	"sync/atomic"
	"time"
)

// mostLead bounds the spinning.
const mostLead = spinFor

// doze is what other systems lack: a sleep more exact than Go's timers that can be
// ended.
type doze struct{}

func newDoze() *doze { return nil }

func (*doze) close() {}

func (*doze) sleep(*atomic.Uint32, time.Duration) {}

func (*doze) wake(*atomic.Uint32) {}
