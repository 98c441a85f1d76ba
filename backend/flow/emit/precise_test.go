package emit

import (
	"context"
	"testing"
	"time"

	"emitscope/backend/internal/testkit"
)

// always returns a clock that does nothing but rest, doze or spin.
func always(t *testing.T, phase uint32) *PreciseClock {
	c := NewPreciseClock()
	t.Cleanup(c.Close)
	switch phase {
	case dozing:
		if c.doze == nil {
			t.Skip("this system has no sleep to doze in")
		}
		c.near = 2 * time.Hour
	case awake: // it spins
		c.near, c.lead = 2*time.Hour, 2*time.Hour
	}
	return c
}

// wait runs Wait for an hour and returns when the clock is in the phase; over is
// closed when Wait returns.
func wait(ctx context.Context, t *testing.T, c *PreciseClock, phase uint32) (over chan struct{}) {
	over = make(chan struct{})
	go func() {
		defer close(over)
		c.Wait(ctx, time.Now().Add(time.Hour))
	}()
	testkit.Eventually(t, func() bool { return c.phase.Load() == phase }, "the wait to begin")
	return over
}

func TestWakeEndsEveryPhase(t *testing.T) {
	for name, phase := range map[string]uint32{"resting": resting, "dozing": dozing, "spinning": awake} {
		t.Run(name, func(t *testing.T) {
			c := always(t, phase)
			for range 50 {
				over := wait(t.Context(), t, c, phase)
				c.Wake()
				<-over
			}
		})
	}
}

func TestAWakeBeforeAPhaseEndsIt(t *testing.T) {
	for name, phase := range map[string]uint32{"resting": resting, "dozing": dozing, "spinning": awake} {
		t.Run(name, func(t *testing.T) {
			c := always(t, phase)
			for range 50 {
				c.Wake()
				c.Wake()
				c.Wait(t.Context(), time.Now().Add(time.Hour))
			}
		})
	}
}

func TestTheEndOfTheContextEndsRestingAndSpinning(t *testing.T) {
	for name, phase := range map[string]uint32{"resting": resting, "spinning": awake} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			over := wait(ctx, t, always(t, phase), phase)
			cancel()
			<-over
		})
	}
}

func TestWithoutATimeTheClockRests(t *testing.T) {
	c := always(t, awake)
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.Wait(t.Context(), time.Time{})
	}()
	testkit.Eventually(t, func() bool { return c.phase.Load() == resting }, "the clock to rest")
	c.Wake()
	<-over
}

func TestTheLeadFollowsTheLateDozesAndStaysBounded(t *testing.T) {
	c := always(t, resting)
	for range 10_000 {
		c.learn(50 * time.Microsecond)
	}
	if c.lead < 49*time.Microsecond || c.lead > 57*time.Microsecond {
		t.Errorf("all 50 µs late: got a lead of %v, want about that", c.lead)
	}
	for i := range 10_000 {
		c.learn([]time.Duration{10 * time.Microsecond, 200 * time.Microsecond}[min(1, i%10/9)])
	}
	if c.lead < 190*time.Microsecond || c.lead > 226*time.Microsecond {
		t.Errorf("one in ten 200 µs late: got a lead of %v, want about that", c.lead)
	}
	for range 1000 {
		c.learn(time.Second)
	}
	if c.lead != mostLead {
		t.Errorf("all a second late: got a lead of %v, want %v", c.lead, mostLead)
	}
	for range 10_000 {
		c.learn(0)
	}
	if c.lead != leastLead {
		t.Errorf("none late: got a lead of %v, want %v", c.lead, leastLead)
	}
}

func TestWaitAllocatesLittle(t *testing.T) {
	c := NewPreciseClock()
	t.Cleanup(c.Close)
	got := testing.AllocsPerRun(20, func() {
		c.Wait(t.Context(), time.Now().Add(2500*time.Microsecond)) // rests, dozes, spins
	})
	if got > 3 { // a doze asks the system about its thread; a signal makes it two
		t.Errorf("got %v allocations a wait, want at most 3", got)
	}
}
