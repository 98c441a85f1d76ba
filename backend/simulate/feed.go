package simulate

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"time"

	"emitscope/backend/template"
)

// The feeds.
const (
	sine      = "sine"
	walk      = "walk"
	ticks     = "ticks"
	bursts    = "bursts"
	counter   = "counter"
	templated = "template"
)

// Feeds returns the names of all feeds.
func Feeds() []string { return []string{sine, walk, ticks, bursts, counter, templated} }

const usualTemplate = `{"text": {{pick "Hello" "Is anybody there?" "All is well"}}, "n": {{seq}}}`

// kind is what is usual of a feed, and what makes it.
type kind struct {
	namespace, event, interval string
	numbers                    []number
	make                       func(p *Plan, index int) feed // nil: a template does
}

// number is one that a feed can be told.
type number struct {
	name               string
	usual, least, most float64
	whole              bool
}

func kindOf(name string) (k kind, known bool) {
	const most = 1e12 // far from where floats lose whole numbers, and decimals
	switch name {
	case sine:
		return kind{"/ws/sensors", "temperature", "200ms", []number{
			{"mean", 20, -most, most, false}, {"swing", 3, 0, most, false}, {"period_s", 20, 0.01, 86400, false},
		}, newSine}, true
	case walk:
		return kind{"/ws/sensors", "vibration", "80ms", []number{
			{"start", 0.4, -most, most, false}, {"step", 0.02, 0, most, false}, {"pull_back_percent", 1.5, 0, 100, false},
		}, newWalk}, true
	case ticks:
		return kind{"/ws/rt_market", "tick", "10ms", []number{
			{"symbols", 6, 1, 100, true}, {"burst_one_in", 40, 0, 1e6, true}, {"spread", 0.02, 0, 1000, false},
		}, newMarket}, true
	case bursts:
		return kind{"/ws/bursts", "burst", "1s", []number{{"size", 50, 1, 10_000, true}}, newBursts}, true
	case counter:
		return kind{"/ws/counter", "count", "100ms", []number{
			{"start", 1, -most, most, false}, {"step", 1, -most, most, false},
		}, newCounter}, true
	case templated:
		return kind{namespace: "/ws", event: "message", interval: "1s"}, true
	}
	return kind{}, false
}

// feed makes the messages of one producer, one after another.
type feed interface {
	// slot is at whose moment the next message is due: never before the last one's.
	slot() uint64
	// append appends the next message's data, in JSON, as of so long after the start.
	append(to []byte, at time.Duration) []byte
}

func (p *Plan) feed(index int) feed {
	if p.kind.make != nil {
		return p.kind.make(p, index)
	}
	env := template.Env{Seed: uint64(p.setup.Seed), Producer: uint64(index), Producers: uint64(p.setup.Producers)}
	return &templateFeed{run: p.template.Start(env)}
}

// dice is the chance of one producer.
type dice struct{ *rand.PCG }

func (p *Plan) dice(index int) dice { return dice{rand.NewPCG(uint64(p.setup.Seed), uint64(index))} }

// below draws a number from 0 to n-1.
func (d dice) below(n uint64) uint64 {
	high, _ := bits.Mul64(d.Uint64(), n)
	return high
}

// unit draws a number from 0 to 1, which is never reached.
func (d dice) unit() float64 { return float64(d.Uint64()>>11) / (1 << 53) }

// steady has one message in each slot.
type steady uint64

func (s steady) slot() uint64 { return uint64(s) }

// sineFeed is a value that swings. Those of several producers are as far apart as
// can be.
type sineFeed struct {
	steady
	sensor              int
	mean, swing, period float64
	phase               float64 // in turns
}

func newSine(p *Plan, index int) feed {
	set := p.setup.Set
	return &sineFeed{
		sensor: index + 1, mean: set["mean"], swing: set["swing"], period: set["period_s"],
		phase: float64(index) / float64(p.setup.Producers),
	}
}

func (f *sineFeed) append(to []byte, at time.Duration) []byte {
	f.steady++
	_, turn := math.Modf(at.Seconds()/f.period + f.phase)
	return appendReading(to, f.sensor, f.mean+float64(f.swing*math.Sin(2*math.Pi*turn))) // float64: so that no machine rounds both at once
}

// walkFeed is a value that goes up and down by chance, and is drawn to its start.
type walkFeed struct {
	steady
	dice
	sensor                   int
	value, start, step, pull float64
}

func newWalk(p *Plan, index int) feed {
	set := p.setup.Set
	return &walkFeed{
		dice: p.dice(index), sensor: index + 1,
		value: set["start"], start: set["start"], step: set["step"], pull: set["pull_back_percent"] / 100,
	}
}

func (f *walkFeed) append(to []byte, _ time.Duration) []byte {
	f.steady++
	to = appendReading(to, f.sensor, f.value)
	f.value += float64(f.step * (2*f.unit() - 1))
	f.value += float64(f.pull * (f.start - f.value))
	return to
}

// appendReading appends what a sensor has measured.
func appendReading(to []byte, sensor int, value float64) []byte {
	to = strconv.AppendInt(append(to, `{"sensor":`...), int64(sensor), 10)
	to = strconv.AppendFloat(append(to, `,"value":`...), value, 'f', 3, 64)
	return append(to, '}')
}

// burstFeed has many messages in each slot.
type burstFeed struct {
	producer int
	size, n  uint64
}

func newBursts(p *Plan, index int) feed {
	return &burstFeed{producer: index + 1, size: uint64(p.setup.Set["size"])}
}

func (f *burstFeed) slot() uint64 { return f.n / f.size }

func (f *burstFeed) append(to []byte, _ time.Duration) []byte {
	to = strconv.AppendInt(append(to, `{"producer":`...), int64(f.producer), 10)
	to = strconv.AppendUint(append(to, `,"burst":`...), f.n/f.size+1, 10)
	to = strconv.AppendUint(append(to, `,"n":`...), f.n%f.size+1, 10)
	to = strconv.AppendUint(append(to, `,"of":`...), f.size, 10)
	f.n++
	return append(to, '}')
}

// counterFeed counts. Several producers share the numbers.
type counterFeed struct {
	steady
	index, producers uint64
	start, step      float64
}

func newCounter(p *Plan, index int) feed {
	return &counterFeed{index: uint64(index), producers: uint64(p.setup.Producers), start: p.setup.Set["start"], step: p.setup.Set["step"]}
}

func (f *counterFeed) append(to []byte, _ time.Duration) []byte {
	n := uint64(f.steady)*f.producers + f.index
	f.steady++
	to = strconv.AppendFloat(append(to, `{"count":`...), f.start+float64(f.step*float64(n)), 'f', -1, 64)
	return append(to, '}')
}

// templateFeed writes what a person has written.
type templateFeed struct {
	steady
	run *template.Run
}

func (f *templateFeed) append(to []byte, _ time.Duration) []byte {
	f.steady++
	to, _ = f.run.Append(to, nil) // only what a client has said can make it too large
	return to
}
