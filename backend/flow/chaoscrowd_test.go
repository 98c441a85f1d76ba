package flow_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/msg"
)

func TestClientsAreCutOffSecondBySecond(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		for i := range 1000 {
			h.crowd.ids = append(h.crowd.ids, fmt.Sprint(i))
		}
		h.set(msg.FaultSettings{Disconnected: 0.5})
		synctest.Wait()
		if left := len(h.crowd.Members(ns)); left < 400 || left > 600 {
			t.Errorf("%d of 1000 are left after the first look, want about half", left)
		}
		sleep(20 * time.Second)
		s, _ := h.faults.One(ns)
		if left := len(h.crowd.Members(ns)); left != 0 || s.Counts[msg.FaultDisconnect] != 1000 || h.faults.Total(msg.FaultDisconnect) != 1000 {
			t.Errorf("%d are left, counted %v; want none, and 1000", left, s.Counts)
		}
	})
}

func TestAShareOfTheClientsIsSlowAndStaysSo(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		for i := range 1000 {
			h.crowd.ids = append(h.crowd.ids, fmt.Sprint(i))
		}
		h.set(msg.FaultSettings{Slowed: 0.3, SlowRate: 5})
		synctest.Wait()
		slow := len(h.crowd.slow())
		if slow < 240 || slow > 360 {
			t.Errorf("%d of 1000 are slow, want about 300", slow)
		}
		sleep(10 * time.Second)
		if s, _ := h.faults.One(ns); len(h.crowd.slow()) != slow || s.SlowedDown != slow || int(s.Counts[msg.FaultSlow]) != slow {
			t.Errorf("%d are slow later, told are %d and %d; want the same %d", len(h.crowd.slow()), s.SlowedDown, s.Counts[msg.FaultSlow], slow)
		}
		if err := h.faults.Clear(ns); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := len(h.crowd.slow()); got != 0 {
			t.Errorf("%d are slow though the faults are off", got)
		}
	})
}

func TestAChosenClientIsSlowAlsoWhenItComesLater(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.crowd.ids = []string{"a"}
		h.set(msg.FaultSettings{SlowClient: "b", SlowRate: 2})
		synctest.Wait()
		h.crowd.mu.Lock()
		h.crowd.ids = []string{"a", "b"}
		h.crowd.mu.Unlock()
		sleep(time.Second + 1)
		if diff := cmp.Diff(map[string]float64{"b": 2}, h.crowd.slow()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestSlownessEndsByItself(t *testing.T) {
	within(t, 0, func(t *testing.T, h *hub) {
		h.crowd.ids = []string{"a"}
		h.set(msg.FaultSettings{For: 3 * time.Second, Slowed: 1, SlowRate: 1})
		sleep(3*time.Second - 1)
		if len(h.crowd.slow()) != 1 {
			t.Error("it is not slow")
		}
		sleep(2)
		if len(h.crowd.slow()) != 0 {
			t.Error("it is still slow")
		}
	})
}
