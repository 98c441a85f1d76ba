package msg

import (
	"math"
	"time"

	"emitscope/backend/fault"
)

// Way is one way to emit a message each interval, as the experiment compares them.
type Way string

// The ways there are.
const (
	WayThreads Way = "threads" // producers that each sleep and emit
	WayLoop    Way = "loop"    // one loop that takes a message from a queue, emits it, and sleeps
	WayLane    Way = "lane"    // a lane of Emitscope
	WayControl Way = "control" // the lane's clock alone, which emits nothing: what this machine allows
	WayFlask   Way = "flask"   // the loop, in Python with Flask-SocketIO
)

// ExperimentPlan says under which load the ways are compared. Its times are those
// of each run; each way has one run in each round.
type ExperimentPlan struct {
	Interval  time.Duration // between two messages, whatever the number of producers
	Producers int
	Clients   int // that get every message
	Size      int // of a message's padding, in bytes
	Warmup    time.Duration
	Length    time.Duration // what is measured, after the warm-up
	Rounds    int
	Flask     bool // WayFlask takes part
}

// Bounds of an experiment. A person waits for it, and the hub it runs beside has
// other things to do.
const (
	LeastRounds       = 3   // of fewer runs nobody knows how much they differ by themselves
	leastPerRun       = 100 // messages: of fewer, p99 is their largest
	mostRounds        = 15
	mostPerWay        = 100_000 // messages: all their times are kept
	mostProducers     = 64
	mostListeners     = 200
	mostSize          = 64 << 10
	mostDeliveries    = 50_000   // a second
	mostDeliveryBytes = 50 << 20 // a second
	mostExperiment    = 5 * time.Minute
	mostWarmup        = 5 * time.Second
	mostRun           = time.Minute
)

// DefaultExperiment is the load of the known remedy: a message each 10 ms. It
// takes a little longer than a minute.
func DefaultExperiment() ExperimentPlan {
	return ExperimentPlan{
		Interval: 10 * time.Millisecond, Producers: 4, Clients: 20, Size: 200,
		Warmup: 500 * time.Millisecond, Length: 3 * time.Second, Rounds: 5,
	}
}

// Ways returns those that p compares.
func (p ExperimentPlan) Ways() []Way {
	ways := []Way{WayThreads, WayLoop, WayLane, WayControl}
	if p.Flask {
		ways = append(ways, WayFlask)
	}
	return ways
}

// Runs is how many runs p has.
func (p ExperimentPlan) Runs() int { return len(p.Ways()) * p.Rounds }

// Check says what cannot be done about p.
func (p ExperimentPlan) Check() error {
	switch {
	case p.Interval < time.Millisecond:
		return badExperiment("an interval of %v is not possible", p.Interval).WithHint("ask for 1ms or more")
	case p.Producers < 1 || p.Producers > mostProducers:
		return badExperiment("%d producers are not possible", p.Producers).WithHint("ask for 1 to %d", mostProducers)
	case p.Clients < 1 || p.Clients > mostListeners:
		return badExperiment("%d clients are not possible", p.Clients).WithHint("ask for 1 to %d", mostListeners)
	case p.Size < 0 || p.Size > mostSize:
		return badExperiment("messages of %d bytes are not possible", p.Size).WithHint("ask for 0 to %d", mostSize)
	case p.Warmup < 0 || p.Warmup > mostWarmup:
		return badExperiment("a warm-up of %v is not possible", p.Warmup).WithHint("ask for 0s to %v", mostWarmup)
	case p.Length <= 0 || p.Length > mostRun:
		return badExperiment("runs of %v are not possible", p.Length).WithHint("ask for at most %v", mostRun)
	case p.Rounds < LeastRounds || p.Rounds > mostRounds:
		return badExperiment("%d rounds are not possible", p.Rounds).WithHint("ask for %d to %d", LeastRounds, mostRounds)
	case p.Length/p.Interval < leastPerRun:
		return badExperiment("a run of %v has fewer than %d intervals of %v, too few to tell p99", p.Length, leastPerRun, p.Interval).
			WithHint("ask for longer runs, or a shorter interval")
	case int64(p.Rounds)*int64(p.Length/p.Interval) > mostPerWay:
		return badExperiment("%d runs of %v have more than %d intervals of %v", p.Rounds, p.Length, mostPerWay, p.Interval).
			WithHint("ask for shorter runs or fewer rounds")
	case time.Duration(p.Runs())*(p.Warmup+p.Length) > mostExperiment:
		return badExperiment("%d runs of %v take longer than %v", p.Runs(), p.Warmup+p.Length, mostExperiment).
			WithHint("ask for shorter runs or fewer rounds")
	}
	deliveries := float64(p.Clients) / p.Interval.Seconds()
	if deliveries > mostDeliveries || deliveries*float64(p.Size) > mostDeliveryBytes {
		return badExperiment("%.0f deliveries a second of %d bytes would measure the machine, and not the ways to emit", math.Round(deliveries), p.Size).
			WithHint("ask for at most %d a second, and %d MiB a second", mostDeliveries, mostDeliveryBytes>>20)
	}
	return nil
}

func badExperiment(format string, args ...any) *fault.Error {
	return fault.Newf(fault.Invalid, format, args...).WithCode("invalid_experiment")
}

// ExperimentState is how far an experiment is.
type ExperimentState string

// What an experiment can be.
const (
	ExperimentNone      ExperimentState = "none" // there has been none since the hub started
	ExperimentRunning   ExperimentState = "running"
	ExperimentDone      ExperimentState = "done"
	ExperimentCancelled ExperimentState = "cancelled"
	ExperimentFailed    ExperimentState = "failed"
)

// Experiment is the last experiment, and what it has found so far.
type Experiment struct {
	State   ExperimentState
	Plan    ExperimentPlan
	Machine Machine
	Started time.Time
	Ended   time.Time      // zero while it runs
	Run     *ExperimentRun // that goes on now
	Done    int            // runs that are over
	Ways    []WayResult    // of those with a run that is over, in the plan's order
	Fault   error          // why it failed
}

// ExperimentRun is one run of one way.
type ExperimentRun struct {
	Way   Way
	Round int // from 1
	Began time.Time
}

// Machine is what an experiment ran on.
type Machine struct {
	Processor string // what it calls itself, or its kind
	Cores     int    // that this process may use
	System    string
	Load      float64           // processes that wanted a core at the start, over a minute; -1: the system does not tell
	Versions  map[string]string // of what was measured
}

// WayResult is what was found of one way.
type WayResult struct {
	Way  Way
	Runs []RunResult
	// The medians of the runs' percentiles, and the largest of their maxima.
	Emitted, Received, Answers Quantiles
	MeanInterval               time.Duration // the median of the runs
	// How the interval errors of all runs are spread.
	EmittedSpread, ReceivedSpread Spread
	Against                       *Comparison // with the lane; nil for the lane itself, and while there are too few runs
}

// RunResult is what was found in one run. Interval errors are sizes: how far a gap
// between two messages was from the interval that was asked for.
type RunResult struct {
	Emitted      Quantiles // interval error of the moments just before the first socket got each message
	Received     Quantiles // interval error of the moments at which one client read them
	MeanInterval time.Duration
	Answers      Quantiles // how long GET /api took meanwhile
	Unanswered   int       // of those requests
}

// RunRecord is all that was measured in one run. Times count from Started.
type RunRecord struct {
	Way     Way
	Round   int // from 1
	Started time.Time
	// When each message was emitted, and when one client had read one. Threads may
	// overtake one another on their way to the client, so each is in an order of its
	// own. A control has no client, and no answers.
	Emitted, Received []time.Duration
	Answers           []time.Duration // how long GET /api took, each time it was asked for
	Unanswered        int             // of those requests
}

// Comparison is one way beside the lane, by the p99 of the interval error as
// emitted.
type Comparison struct {
	Times float64 // how many times as large as the lane's it was
	// Apart: each run of the one was steadier than every run of the other. Otherwise
	// the difference is within the noise.
	Apart bool
}
