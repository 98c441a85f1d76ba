package wire

import (
	"time"

	"emitscope/backend/msg"
)

// NewFaults is what is to be done to one namespace on purpose. Shares are 0 to 1; what
// is absent is off.
type NewFaults struct {
	For        string  `json:"for,omitempty" doc:"then they end by themselves; absent: 5m, at most 1h"`
	Delay      string  `json:"delay,omitempty" doc:"how long a message is held back, such as 200ms; at most 1m"`
	Jitter     string  `json:"jitter,omitempty" doc:"up to so much longer, by chance; at most 1m"`
	DelayShare float64 `json:"delay_share,omitempty" doc:"of the messages; absent with a delay: 1. What comes behind waits too: only reorder changes the order"`
	Drop       float64 `json:"drop,omitempty" doc:"share of the messages that are sent to nobody"`
	Duplicate  float64 `json:"duplicate,omitempty" doc:"share of the messages that are sent twice"`
	Reorder    float64 `json:"reorder,omitempty" doc:"share of the messages that the next one overtakes"`
	Disconnect float64 `json:"disconnect,omitempty" doc:"share of the clients that are cut off in each second, without a word"`
	SlowShare  float64 `json:"slow_share,omitempty" doc:"share of the clients that read slowly"`
	SlowClient string  `json:"slow_client,omitempty" doc:"id of the one client that reads slowly"`
	SlowRate   float64 `json:"slow_rate,omitempty" doc:"messages a second that a slow client gets at most, 0.1 to 10000"`
	Stall      string  `json:"stall,omitempty" doc:"how long the lane lets nothing out, at once; at most 5m"`
	StallEvery string  `json:"stall_every,omitempty" doc:"it stalls again after so long; absent: once"`
	Seed       uint64  `json:"seed,omitempty" doc:"the same seed and messages meet the same faults; absent: one is drawn"`
}

// Faults are those of one namespace as they are now.
type Faults struct {
	Namespace string `json:"namespace" doc:"the one they are on in"`
	Began     string `json:"began" doc:"when"`
	Ends      string `json:"ends" doc:"when they end by themselves"`
	NewFaults `tstype:",extends"`
	Counts    FaultCounts `json:"counts" doc:"how often each has happened since they are on"`
	Held      int         `json:"held" doc:"messages that are held back now"`
	Slow      int         `json:"slow" doc:"clients that read slowly now"`
}

// FaultCounts is how often each kind of fault has happened.
type FaultCounts struct {
	Delay      uint64 `json:"delay" doc:"messages held back, those behind them not counted"`
	Drop       uint64 `json:"drop" doc:"messages sent to nobody"`
	Duplicate  uint64 `json:"duplicate" doc:"messages sent twice"`
	Reorder    uint64 `json:"reorder" doc:"messages overtaken by the next one"`
	Stall      uint64 `json:"stall" doc:"times the lane was held"`
	Disconnect uint64 `json:"disconnect" doc:"clients cut off"`
	Slow       uint64 `json:"slow" doc:"clients made slow"`
}

// FaultList are all faults that are on.
type FaultList struct {
	Faults []Faults `json:"faults" doc:"by namespace"`
}

// FaultsOn is what every viewer is told of faults that are on.
type FaultsOn struct {
	Namespace string   `json:"namespace"`
	Began     string   `json:"began"`
	Ends      string   `json:"ends"`
	Kinds     []string `json:"kinds"` // delay, drop, duplicate, reorder, stall, disconnect, slow
}

// FeedFaults tells a viewer which faults are on, whenever that changes.
type FeedFaults struct {
	Type   string     `json:"type" tstype:"'faults'"`
	Faults []FaultsOn `json:"faults"` // by namespace
}

// Settings reads the durations in n. Whether the settings make sense is checked where
// they are put in force.
func (n NewFaults) Settings() (msg.FaultSettings, error) {
	s := msg.FaultSettings{
		For: msg.DefaultFaultsFor, Delayed: n.DelayShare, Dropped: n.Drop, Duplicated: n.Duplicate, Reordered: n.Reorder,
		Disconnected: n.Disconnect, Slowed: n.SlowShare, SlowClient: n.SlowClient, SlowRate: n.SlowRate, Seed: n.Seed,
	}
	for _, field := range []struct {
		name, text string
		to         *time.Duration
	}{
		{"for", n.For, &s.For}, {"delay", n.Delay, &s.Delay}, {"jitter", n.Jitter, &s.Jitter}, {"stall", n.Stall, &s.Stall}, {"stall_every", n.StallEvery, &s.StallEvery},
	} {
		if field.text == "" {
			continue
		}
		d, err := durationIn(field.name, field.text, "invalid_fault")
		if err != nil {
			return msg.FaultSettings{}, err
		}
		*field.to = d
	}
	if s.Delayed == 0 && s.Delay+s.Jitter > 0 {
		s.Delayed = 1
	}
	return s, nil
}

// FaultsOf returns the faults of one namespace for the wire.
func FaultsOf(f msg.FaultState) Faults {
	s, c := f.Settings, f.Counts
	return Faults{
		Namespace: f.Namespace, Began: Time(f.Began), Ends: Time(f.Ends), Held: f.Held, Slow: f.SlowedDown,
		NewFaults: NewFaults{
			For: Duration(s.For), Delay: length(s.Delay), Jitter: length(s.Jitter), DelayShare: s.Delayed, Drop: s.Dropped, Duplicate: s.Duplicated,
			Reorder: s.Reordered, Disconnect: s.Disconnected, SlowShare: s.Slowed, SlowClient: s.SlowClient, SlowRate: s.SlowRate,
			Stall: length(s.Stall), StallEvery: length(s.StallEvery), Seed: s.Seed,
		},
		Counts: FaultCounts{
			Delay: c[msg.FaultDelay], Drop: c[msg.FaultDrop], Duplicate: c[msg.FaultDuplicate], Reorder: c[msg.FaultReorder],
			Stall: c[msg.FaultStall], Disconnect: c[msg.FaultDisconnect], Slow: c[msg.FaultSlow],
		},
	}
}

// length is empty for 0: what is off is left out.
func length(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return Duration(d)
}

// FaultListOf returns all faults for the wire.
func FaultListOf(all []msg.FaultState) FaultList { return FaultList{Faults: each(all, FaultsOf)} }

// FaultsOnOf returns what every viewer is told of them.
func FaultsOnOf(all []msg.FaultState) []FaultsOn {
	return each(all, func(f msg.FaultState) FaultsOn {
		return FaultsOn{Namespace: f.Namespace, Began: Time(f.Began), Ends: Time(f.Ends), Kinds: f.Settings.Kinds().Names()}
	})
}
