// Package simulate makes messages up, as programs would send them: in the hub, and
// for the command line in a process of their own.
//
// A simulator has one or more producers. Each has its own schedule, computed from
// its start and never from now, its own chance, drawn from the seed, and its own
// goroutine. The same seed makes the same messages, byte for byte, at the same
// moments of the schedule.
package simulate

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
	"emitscope/backend/template"
)

// Bounds of a simulator.
const (
	MaxProducers = 64
	MaxRate      = 100_000 // messages a second of all that run together
	minInterval  = 10 * time.Microsecond
	maxInterval  = 24 * time.Hour
)

// Plan is a setup that was read: what the producers do. It is not changed.
type Plan struct {
	setup    wire.SimulatorSetup
	kind     kind
	pace     msg.Pace // of each producer's slots
	jitter   time.Duration
	length   time.Duration // 0: without end
	template *template.Template
}

// Read fills in what is absent from a setup and checks it. An error is for a person,
// and says which field is wrong.
func Read(s wire.SimulatorSetup) (*Plan, error) {
	k, known := kindOf(s.Feed)
	if !known {
		return nil, bad("the feed %q is unknown", fault.Clip(s.Feed)).WithHint("known are %s", strings.Join(Feeds(), ", "))
	}
	p := &Plan{kind: k}
	p.setup = withDefaults(s, k)
	if err := p.readTimes(); err != nil {
		return nil, err
	}
	if err := p.checkNumbers(); err != nil {
		return nil, err
	}
	if err := msg.CheckNamespace(p.setup.Namespace); err != nil {
		return nil, err
	}
	if err := msg.CheckEvent(p.setup.Event); err != nil {
		return nil, err
	}
	if err := msg.CheckRooms(p.setup.Rooms); err != nil {
		return nil, err
	}
	switch {
	case s.Producers < 0 || s.Producers > MaxProducers:
		return nil, bad("there cannot be %d producers", s.Producers).WithHint("have 1 to %d", MaxProducers)
	case p.Offered() > MaxRate:
		return nil, bad("the producers would offer %.0f messages a second", p.Offered()).WithHint("at most %d are possible: have fewer, or a longer interval", MaxRate)
	}
	if err := p.readTemplate(); err != nil {
		return nil, err
	}
	return p, nil
}

func withDefaults(s wire.SimulatorSetup, k kind) wire.SimulatorSetup {
	s.Namespace = cmp.Or(s.Namespace, k.namespace)
	s.Event = cmp.Or(s.Event, k.event)
	s.Producers = cmp.Or(s.Producers, 1)
	s.Seed = cmp.Or(s.Seed, 1)
	if s.Rate == 0 {
		s.Interval = cmp.Or(s.Interval, k.interval)
	}
	given := s.Set
	s.Set = make(map[string]float64, len(k.numbers))
	for _, n := range k.numbers {
		s.Set[n.name] = n.usual
	}
	maps.Copy(s.Set, given)
	if k.make == nil {
		s.Template = cmp.Or(s.Template, usualTemplate)
	}
	return s
}

func (p *Plan) readTimes() (err error) {
	s := &p.setup
	switch {
	case s.Rate != 0 && s.Interval != "":
		return bad("interval and rate are both given").WithHint("leave one of them out")
	case math.IsNaN(s.Rate) || s.Rate < 0 || s.Rate > MaxRate || s.Rate != 0 && s.Rate < msg.MinRate:
		return bad("a rate of %s messages a second is not possible", strconv.FormatFloat(s.Rate, 'f', -1, 64)).WithHint("have one a day to %d a second", MaxRate)
	case s.Rate != 0:
		p.pace = msg.Pace{Rate: s.Rate}
	default:
		if p.pace.Interval, err = readTime("interval", s.Interval, minInterval); err != nil {
			return err
		}
	}
	if s.Jitter != "" {
		if p.jitter, err = readTime("jitter", s.Jitter, 0); err != nil {
			return err
		}
	}
	if s.For != "" {
		p.length, err = readTime("for", s.For, time.Millisecond)
	}
	return err
}

func readTime(field, text string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, bad("%s %q is not a duration", field, fault.Clip(text)).WithHint(`use a number and a unit, such as "12.5ms" or "2s"`)
	}
	if d < least || d > maxInterval {
		return 0, bad("%s is %v", field, d).WithHint("it can be %v to %v", least, maxInterval)
	}
	return d, nil
}

// checkNumbers refuses numbers that the feed does not have, or out of bounds.
func (p *Plan) checkNumbers() error {
	known := p.kind.numbers
	for _, name := range slices.Sorted(maps.Keys(p.setup.Set)) {
		i := slices.IndexFunc(known, func(n number) bool { return n.name == name })
		if i < 0 {
			var names []string
			for _, n := range known {
				names = append(names, n.name)
			}
			e := bad("the feed %s has no number %q", p.setup.Feed, fault.Clip(name))
			if len(names) == 0 {
				return e.WithHint("it has none: leave set out")
			}
			return e.WithHint("it has %s", strings.Join(names, ", "))
		}
		n, v := known[i], p.setup.Set[name]
		if !(n.least <= v && v <= n.most) || n.whole && v != math.Trunc(v) { // so that NaN is refused
			e := bad("%s of the feed %s is %v", name, p.setup.Feed, v)
			if n.whole {
				return e.WithHint("it is a whole number from %v to %v", n.least, n.most)
			}
			return e.WithHint("it is %v to %v", n.least, n.most)
		}
	}
	return nil
}

func (p *Plan) readTemplate() (err error) {
	if p.kind.make != nil {
		if p.setup.Template != "" {
			return bad("the feed %s has no template", p.setup.Feed).WithHint(`take the feed "template", or leave it out`)
		}
		return nil
	}
	p.template, err = template.Parse(p.setup.Template)
	return err
}

func bad(format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_simulator")
}

// Setup returns the setup with nothing absent that has a usual value. Nobody may
// change what is in it.
func (p *Plan) Setup() wire.SimulatorSetup { return p.setup }

// Offered is how many messages a second all producers together make.
func (p *Plan) Offered() float64 {
	return float64(p.setup.Producers*p.perSlot()) * float64(time.Second) / float64(p.pace.Period())
}

// perSlot is how many messages come at the same moment, on average.
func (p *Plan) perSlot() int {
	if p.setup.Feed == bursts {
		return int(p.setup.Set["size"])
	}
	return 1
}
