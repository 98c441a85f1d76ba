package msg

import (
	"strings"
	"time"

	"emitscope/backend/fault"
)

// FaultKind is one way in which a namespace can be made to misbehave on purpose.
type FaultKind uint8

// The kinds. The first five happen to messages, the others to clients.
const (
	FaultDelay      FaultKind = iota // held back
	FaultDrop                        // sent to nobody
	FaultDuplicate                   // sent twice
	FaultReorder                     // overtaken by the next one
	FaultStall                       // its lane was held
	FaultDisconnect                  // cut off without a word
	FaultSlow                        // given only so many messages a second
	FaultKinds                       // how many there are
)

func faultNames() [FaultKinds]string {
	return [FaultKinds]string{"delay", "drop", "duplicate", "reorder", "stall", "disconnect", "slow"}
}

// String is the kind's name on the wire.
func (k FaultKind) String() string { return faultNames()[k] }

// FaultNamed returns the kind with that name on the wire, and whether there is one.
func FaultNamed(name string) (FaultKind, bool) {
	for k, known := range faultNames() {
		if known == name {
			return FaultKind(k), true
		}
	}
	return 0, false
}

// Faults is which kinds have met a message: one bit for each.
type Faults uint8

// With returns f and one kind more.
func (f Faults) With(k FaultKind) Faults { return f | 1<<k }

// Has reports whether k is among f.
func (f Faults) Has(k FaultKind) bool { return f&(1<<k) != 0 }

// Names lists the kinds; nil: none.
func (f Faults) Names() (names []string) {
	for k, name := range faultNames() {
		if f.Has(FaultKind(k)) {
			names = append(names, name)
		}
	}
	return names
}

// String names the kinds: "delay duplicate".
func (f Faults) String() string { return strings.Join(f.Names(), " ") }

// FaultCounts is how often each kind has happened.
type FaultCounts [FaultKinds]uint64

// Bounds of FaultSettings. Faults are for trying things out: one that is forgotten
// should not last, and nothing should be held back for longer than a client waits.
const (
	DefaultFaultsFor = 5 * time.Minute
	MaxFaultsFor     = time.Hour
	MaxFaultDelay    = time.Minute
	MaxFaultStall    = 5 * time.Minute
	MinSlowRate      = 0.1
	MaxSlowRate      = 10_000
)

// FaultSettings is what is done to one namespace on purpose. Shares are 0 to 1: of
// the messages, or of the clients.
type FaultSettings struct {
	For time.Duration // then it ends by itself

	// A message is held back for Delay and up to Jitter more. What comes behind it
	// waits for it, as on a real connection: only Reorder changes the order.
	Delayed       float64
	Delay, Jitter time.Duration

	Dropped    float64
	Duplicated float64
	Reordered  float64

	Disconnected float64 // of the clients, in each second

	// Clients that read slowly: one by its id, or a share of all, each of which gets
	// so many messages a second at most.
	SlowClient string
	Slowed     float64
	SlowRate   float64

	// The lane is held for Stall at once, and again after each StallEvery; 0: once.
	Stall, StallEvery time.Duration

	// Seed makes chance repeat itself: the same messages in the same order meet the
	// same faults. 0: another one each time.
	Seed uint64
}

// Kinds are the faults that are on.
func (s FaultSettings) Kinds() (on Faults) {
	for k, is := range [FaultKinds]bool{
		FaultDelay: s.Delayed > 0, FaultDrop: s.Dropped > 0, FaultDuplicate: s.Duplicated > 0, FaultReorder: s.Reordered > 0,
		FaultStall: s.Stall > 0, FaultDisconnect: s.Disconnected > 0, FaultSlow: s.Slowed > 0 || s.SlowClient != "",
	} {
		if is {
			on = on.With(FaultKind(k))
		}
	}
	return on
}

// Check returns an Invalid error that names the first setting out of bounds, or says
// that nothing would happen.
func (s FaultSettings) Check() error {
	bad := func(format string, args ...any) *fault.Error {
		return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_fault")
	}
	for _, share := range []struct {
		name  string
		value float64
	}{
		{"delay_share", s.Delayed}, {"drop", s.Dropped}, {"duplicate", s.Duplicated}, {"reorder", s.Reordered},
		{"disconnect", s.Disconnected}, {"slow_share", s.Slowed},
	} {
		if !(share.value >= 0 && share.value <= 1) { // NaN too
			return bad("%s is %v; it is 0 to 1", share.name, share.value).WithHint("0.05 means one in twenty")
		}
	}
	for _, length := range []struct {
		name        string
		value, most time.Duration
	}{
		{"delay", s.Delay, MaxFaultDelay}, {"jitter", s.Jitter, MaxFaultDelay}, {"stall", s.Stall, MaxFaultStall}, {"stall_every", s.StallEvery, MaxFaultsFor},
	} {
		if length.value < 0 || length.value > length.most {
			return bad("%s is %v; it is 0s to %v", length.name, length.value, length.most)
		}
	}
	switch {
	case s.For <= 0 || s.For > MaxFaultsFor:
		return bad("for is %v; it is up to %v", s.For, MaxFaultsFor).WithHint("faults end by themselves; leave it out for %v", DefaultFaultsFor)
	case s.SlowClient != "" && s.Slowed > 0:
		return bad("slow_client and slow_share are both set").WithHint("choose one client, or a share of all")
	case s.Kinds().Has(FaultSlow) && !(s.SlowRate >= MinSlowRate && s.SlowRate <= MaxSlowRate):
		return bad("slow_rate is %v messages a second; it is %v to %v", s.SlowRate, MinSlowRate, MaxSlowRate)
	case s.StallEvery > 0 && s.StallEvery <= s.Stall:
		return bad("stall_every is %v; it is longer than stall, which is %v", s.StallEvery, s.Stall)
	case s.Delayed > 0 != (s.Delay+s.Jitter > 0):
		return bad("delay_share is %v and delay %v", s.Delayed, s.Delay).WithHint("a delay needs both: for how long, and which share of the messages")
	case s.Kinds() == 0:
		return bad("no fault is chosen").WithHint("choose one, such as drop, or DELETE what is on")
	}
	return nil
}

// FaultState is the faults of one namespace as they are now.
type FaultState struct {
	Namespace  string
	Settings   FaultSettings // with the seed that was drawn, where none was given
	Began      time.Time
	Ends       time.Time // by itself
	Counts     FaultCounts
	Held       int // messages that are held back now
	SlowedDown int // clients that are given only so much now
}
