package access

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func charge(q *Quotas, address string, bytes int) error {
	return q.Charge(msg.Origin{Address: address}, bytes)
}

// passes counts how many of n messages pass.
func passes(q *Quotas, address string, n, bytes int) (passed int) {
	for range n {
		if charge(q, address, bytes) == nil {
			passed++
		}
	}
	return passed
}

func TestAMachineMayHandInTwiceItsRateAtOnceAndItsRateForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQuotas(QuotaOptions{MessagesPerSecond: 100})
		if got := passes(q, "192.0.2.7", 1000, 10); got != 200 {
			t.Errorf("got %d at once, want 200", got)
		}
		time.Sleep(time.Second)
		if got := passes(q, "192.0.2.7", 1000, 10); got != 100 {
			t.Errorf("got %d a second later, want 100", got)
		}
		time.Sleep(time.Hour)
		if got := passes(q, "192.0.2.7", 1000, 10); got != 200 {
			t.Errorf("got %d an hour later, want 200", got)
		}
	})
}

func TestBytesAreCountedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQuotas(QuotaOptions{BytesPerSecond: 1000})
		if got := passes(q, "192.0.2.7", 100, 300); got != 6 {
			t.Errorf("got %d of 300 bytes at once, want 6", got)
		}
		time.Sleep(time.Second)
		if got := passes(q, "192.0.2.7", 100, 300); got != 4 {
			t.Errorf("got %d a second later, want 4", got)
		}
	})
}

func TestAMessageLargerThanTheQuotaPassesAndIsMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQuotas(QuotaOptions{BytesPerSecond: 1000})
		if err := charge(q, "192.0.2.7", 10_000); err != nil {
			t.Errorf("got %v, want it let in", err)
		}
		time.Sleep(7 * time.Second)
		if err := charge(q, "192.0.2.7", 1); !errors.Is(err, fault.TooMany) {
			t.Errorf("7 s later: got %v, want TooMany", err)
		}
		time.Sleep(2 * time.Second)
		if err := charge(q, "192.0.2.7", 1); err != nil {
			t.Errorf("9 s later: got %v, want it let in", err)
		}
	})
}

func TestARefusalNamesTheSetting(t *testing.T) {
	var reached []string
	q := NewQuotas(QuotaOptions{MessagesPerSecond: 1, BytesPerSecond: 10, Reached: func(limit string) { reached = append(reached, limit) }})
	_ = passes(q, "192.0.2.7", 2, 1)
	_ = passes(q, "192.0.2.8", 1, 20)
	for address, want := range map[string]string{"192.0.2.7": "max_messages_per_second", "192.0.2.8": "max_bytes_per_second"} {
		reached = nil
		err := charge(q, address, 10)
		f := fault.From(err)
		if f.Kind != fault.TooMany || f.Code != "rate_limited" || f.Hint != "send more slowly, or raise limits."+want {
			t.Errorf("%s: got %+v, want rate_limited and limits.%s", address, f, want)
		}
		if len(reached) != 1 || reached[0] != want {
			t.Errorf("%s: told of %v, want %s", address, reached, want)
		}
	}
}

func TestProgramsOnThisMachineHaveNoQuota(t *testing.T) {
	q := NewQuotas(QuotaOptions{MessagesPerSecond: 1, BytesPerSecond: 1})
	for range 100 {
		if err := q.Charge(msg.Origin{Address: "127.0.0.1", Local: true}, 1000); err != nil {
			t.Fatal(err)
		}
	}
	if got := passes(q, "127.0.0.1", 100, 1); got == 100 {
		t.Error("who comes by a proxy on this machine has no quota")
	}
	if got := passes(q, "invalid IP", 100, 1); got == 100 {
		t.Error("somebody whose address is unknown has no quota")
	}
}

func TestWithoutQuotasNothingIsRemembered(t *testing.T) {
	q := NewQuotas(QuotaOptions{})
	if got := passes(q, "192.0.2.7", 1000, 1000); got != 1000 || len(q.byAddress) != 0 {
		t.Errorf("got %d of 1000 and %d machines, want all and none", got, len(q.byAddress))
	}
}

func TestMachinesDoNotTakeFromOneAnother(t *testing.T) {
	q := NewQuotas(QuotaOptions{MessagesPerSecond: 10})
	_ = passes(q, "192.0.2.7", 100, 1)
	if got := passes(q, "192.0.2.8", 20, 1); got != 20 {
		t.Errorf("got %d of 20, want all", got)
	}
}

func TestOnlySoManyMachinesAreToldApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQuotas(QuotaOptions{MessagesPerSecond: 10})
		for i := range 2 * maxBuckets {
			_ = charge(q, fmt.Sprint("10.", i), 1)
		}
		if got := len(q.byAddress); got != maxBuckets+1 {
			t.Errorf("got %d buckets, want %d and one for the others", got, maxBuckets)
		}
		if err := charge(q, "one more", 1); !errors.Is(err, fault.TooMany) {
			t.Errorf("got %v for one of too many machines, want TooMany: they share a bucket", err)
		}
		time.Sleep(time.Minute)
		if err := charge(q, "one more", 1); err != nil || len(q.byAddress) != 1 {
			t.Errorf("a minute later: got %v and %d buckets, want it let in, and the full ones forgotten", err, len(q.byAddress))
		}
	})
}

func TestAMachineThatStillOwesIsNotForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQuotas(QuotaOptions{BytesPerSecond: 10})
		_ = charge(q, "192.0.2.7", 10_000)
		for i := range maxBuckets {
			_ = charge(q, fmt.Sprint("10.", i), 1)
		}
		time.Sleep(time.Minute)
		_ = charge(q, "one more", 1)
		if err := charge(q, "192.0.2.7", 1); !errors.Is(err, fault.TooMany) {
			t.Errorf("got %v, want TooMany", err)
		}
	})
}

func TestAcceptedMessagesAreCountedForTheirKey(t *testing.T) {
	k := &Keys{all: []*key{{name: "sensor"}}}
	q := NewQuotas(QuotaOptions{Keys: k})
	q.Accepted(msg.Origin{Key: "sensor"}, 3)
	q.Accepted(msg.Origin{}, 5)
	if got := k.List()[0].Messages; got != 3 {
		t.Errorf("got %d, want 3", got)
	}
	NewQuotas(QuotaOptions{}).Accepted(msg.Origin{Key: "sensor"}, 1) // no keys are known: nothing is counted
}
