package wire

import (
	"time"

	"emitscope/backend/msg"
)

// NewExperiment asks for an experiment. What is absent has its default, which
// GET says before the first one.
type NewExperiment struct {
	Interval  *string `json:"interval,omitempty" doc:"between two messages, such as 10ms; 1ms or more"`
	Producers *int    `json:"producers,omitempty" doc:"that make the messages in turn, 1 to 64"`
	Clients   *int    `json:"clients,omitempty" doc:"that get every message, 1 to 200"`
	Size      *int    `json:"size_bytes,omitempty" doc:"of a message's padding, 0 to 65536"`
	Warmup    *string `json:"warmup,omitempty" doc:"of each run, before it is measured; 0s to 5s"`
	Length    *string `json:"length,omitempty" doc:"of each run; with 100 intervals at least, and at most 1m"`
	Rounds    *int    `json:"rounds,omitempty" doc:"runs of each way, 3 to 15"`
	Flask     bool    `json:"flask,omitempty" doc:"Python with Flask-SocketIO takes part, where it is installed"`
}

// ExperimentPlan is the load under which ways to emit are compared.
type ExperimentPlan struct {
	Interval  string `json:"interval" doc:"between two messages"`
	Producers int    `json:"producers" doc:"that make the messages in turn"`
	Clients   int    `json:"clients" doc:"that get every message"`
	Size      int    `json:"size_bytes" doc:"of a message's padding"`
	Warmup    string `json:"warmup" doc:"of each run, before it is measured"`
	Length    string `json:"length" doc:"of each run"`
	Rounds    int    `json:"rounds" doc:"runs of each way"`
	Flask     bool   `json:"flask" doc:"Python with Flask-SocketIO takes part"`
}

// Experiment is the last experiment, and what it has found so far.
type Experiment struct {
	State   string         `json:"state" doc:"how far it is; none: there was none since the hub started" enum:"none,running,done,cancelled,failed"`
	Plan    ExperimentPlan `json:"plan" doc:"the load; of none, the default"`
	Machine *Machine       `json:"machine,omitempty" doc:"what it ran on"`
	Started string         `json:"started,omitempty" doc:"when"`
	Ended   string         `json:"ended,omitempty" doc:"when; absent while it runs"`
	Run     *ExperimentRun `json:"run,omitempty" doc:"the run that goes on now"`
	Done    int            `json:"runs_done" doc:"runs that are over"`
	Runs    int            `json:"runs" doc:"of the whole experiment"`
	Ways    []WayResult    `json:"ways" doc:"what was found of each way so far"`
	Error   *Error         `json:"error,omitempty" doc:"why it failed"`
}

// ExperimentRun is one run of one way.
type ExperimentRun struct {
	Way   string `json:"way" doc:"which way" enum:"threads,loop,lane,control,flask"`
	Round int    `json:"round" doc:"counted from 1"`
	Began string `json:"began" doc:"when"`
}

// Machine is what an experiment ran on.
type Machine struct {
	Processor string            `json:"processor" doc:"what it calls itself"`
	Cores     int               `json:"cores" doc:"that the hub may use"`
	System    string            `json:"system" doc:"with its version, where it tells"`
	Load      *float64          `json:"load,omitempty" doc:"programs that wanted a core when it began, over a minute; absent: the system does not tell"`
	Versions  map[string]string `json:"versions" doc:"of what was measured"`
}

// WayResult is what was found of one way.
type WayResult struct {
	Way            string      `json:"way" doc:"threads: producers that each sleep and emit; loop: one that takes a message from a queue, emits and sleeps; lane: Emitscope; control: the lane's clock alone, which emits nothing; flask: the loop with Flask-SocketIO" enum:"threads,loop,lane,control,flask"`
	Emitted        Quantiles   `json:"emitted" doc:"interval error just before the first socket got each message: medians of the runs, and the largest of all"`
	Received       Quantiles   `json:"received" doc:"interval error as one client read the messages; of a control, of none"`
	Answers        Quantiles   `json:"answers" doc:"how long GET /api took meanwhile; of a control, nobody asked"`
	MeanInterval   float64     `json:"mean_interval_us" doc:"between two messages, in µs; over what was asked for: it drifts"`
	EmittedSpread  *Spread     `json:"emitted_spread" doc:"how the interval errors of all runs are spread"`
	ReceivedSpread *Spread     `json:"received_spread" doc:"the same, as received"`
	Runs           []RunResult `json:"runs" doc:"one a round"`
	Against        *Comparison `json:"against_lane,omitempty" doc:"beside the lane; absent for the lane, and before the third round"`
}

// RunResult is what was found in one run.
type RunResult struct {
	Emitted      Quantiles `json:"emitted" doc:"interval error as emitted"`
	Received     Quantiles `json:"received" doc:"interval error as received"`
	Answers      Quantiles `json:"answers" doc:"how long GET /api took"`
	Unanswered   int       `json:"unanswered" doc:"how many of those requests were not answered"`
	MeanInterval float64   `json:"mean_interval_us" doc:"between two messages, in µs"`
}

// Comparison is one way beside the lane, by the p99 of the interval error as
// emitted.
type Comparison struct {
	Times float64 `json:"times" doc:"how many times as large as the lane's it was"`
	Apart bool    `json:"apart" doc:"every run of the one was steadier than every run of the other; otherwise the difference is within the noise"`
}

// ExperimentRecords is every moment that an experiment has measured.
type ExperimentRecords struct {
	Experiment Experiment         `json:"experiment" doc:"what was made of them"`
	Records    []ExperimentRecord `json:"records" doc:"one for each run, in their order"`
}

// ExperimentRecord is every moment of one run, in µs since it began.
type ExperimentRecord struct {
	Way        string    `json:"way" doc:"which way" enum:"threads,loop,lane,control,flask"`
	Round      int       `json:"round" doc:"counted from 1"`
	Started    string    `json:"started" doc:"when the warm-up was over"`
	Emitted    []float64 `json:"emitted_us" doc:"when each message was emitted, in order"`
	Received   []float64 `json:"received_us" doc:"when one client had read a message, in order"`
	Answers    []float64 `json:"answers_us" doc:"how long each GET /api took"`
	Unanswered int       `json:"unanswered" doc:"how many of those requests were not answered"`
}

// FeedExperiment tells a viewer how far the experiment is.
type FeedExperiment struct {
	Type       string     `json:"type" tstype:"'experiment'"`
	Experiment Experiment `json:"experiment"`
}

// Plan reads the durations in n, and fills in the defaults. Whether that can be
// done is checked where it is.
func (n NewExperiment) Plan() (msg.ExperimentPlan, error) {
	p := msg.DefaultExperiment()
	p.Flask = n.Flask
	for _, f := range []struct {
		value *int
		to    *int
	}{{n.Producers, &p.Producers}, {n.Clients, &p.Clients}, {n.Size, &p.Size}, {n.Rounds, &p.Rounds}} {
		if f.value != nil {
			*f.to = *f.value
		}
	}
	for _, f := range []struct {
		name  string
		value *string
		to    *time.Duration
	}{{"interval", n.Interval, &p.Interval}, {"warmup", n.Warmup, &p.Warmup}, {"length", n.Length, &p.Length}} {
		if f.value == nil {
			continue
		}
		d, err := durationIn(f.name, *f.value, "invalid_experiment")
		if err != nil {
			return p, err
		}
		*f.to = d
	}
	return p, nil
}

// ExperimentOf returns an experiment for the wire.
func ExperimentOf(e msg.Experiment) Experiment {
	p := e.Plan
	out := Experiment{
		State: string(e.State), Started: Time(e.Started), Ended: Time(e.Ended), Done: e.Done, Runs: p.Runs(),
		Plan: ExperimentPlan{
			Interval: Duration(p.Interval), Producers: p.Producers, Clients: p.Clients, Size: p.Size,
			Warmup: Duration(p.Warmup), Length: Duration(p.Length), Rounds: p.Rounds, Flask: p.Flask,
		},
		Ways: each(e.Ways, wayOf),
	}
	if e.State != msg.ExperimentNone {
		m := e.Machine
		out.Machine = &Machine{Processor: m.Processor, Cores: m.Cores, System: m.System, Versions: m.Versions}
		if m.Load >= 0 {
			out.Machine.Load = &m.Load
		}
	}
	if e.Run != nil {
		out.Run = &ExperimentRun{Way: string(e.Run.Way), Round: e.Run.Round, Began: Time(e.Run.Began)}
	}
	if e.Fault != nil {
		failed := ErrorOf(e.Fault)
		out.Error = &failed
	}
	return out
}

func wayOf(w msg.WayResult) WayResult {
	return WayResult{
		Way: string(w.Way), Emitted: QuantilesOf(w.Emitted), Received: QuantilesOf(w.Received), Answers: QuantilesOf(w.Answers),
		MeanInterval: micros(w.MeanInterval), EmittedSpread: spreadOf(&w.EmittedSpread), ReceivedSpread: spreadOf(&w.ReceivedSpread),
		Runs: each(w.Runs, runOf), Against: (*Comparison)(w.Against),
	}
}

func runOf(r msg.RunResult) RunResult {
	return RunResult{
		Emitted: QuantilesOf(r.Emitted), Received: QuantilesOf(r.Received), Answers: QuantilesOf(r.Answers),
		Unanswered: r.Unanswered, MeanInterval: micros(r.MeanInterval),
	}
}

// ExperimentRecordsOf returns every moment of an experiment for the wire.
func ExperimentRecordsOf(e msg.Experiment, records []*msg.RunRecord) ExperimentRecords {
	return ExperimentRecords{Experiment: ExperimentOf(e), Records: each(records, experimentRecordOf)}
}

func experimentRecordOf(r *msg.RunRecord) ExperimentRecord {
	return ExperimentRecord{
		Way: string(r.Way), Round: r.Round, Started: Time(r.Started),
		Emitted: each(r.Emitted, micros), Received: each(r.Received, micros), Answers: each(r.Answers, micros), Unanswered: r.Unanswered,
	}
}
