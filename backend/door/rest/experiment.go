package rest

import (
	"bufio"
	"cmp"
	"context"
	"net/http"
	"strconv"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// experiment compares ways to emit, one experiment at a time.
type experiment interface {
	Start(ctx context.Context, p msg.ExperimentPlan) (msg.Experiment, error)
	State() msg.Experiment
	Cancel(ctx context.Context) (msg.Experiment, error)
	Records() []*msg.RunRecord
}

// postExperiment starts one.
func (d *Door) postExperiment(w http.ResponseWriter, r *http.Request) error {
	var body wire.NewExperiment
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	plan, err := body.Plan()
	if err != nil {
		return err
	}
	started, err := d.o.Experiment.Start(r.Context(), plan)
	if err != nil {
		return err
	}
	d.note(r, msg.ExperimentStarted, "")
	return sendAs(w, http.StatusAccepted, wire.ExperimentOf(started))
}

// getExperiment tells what the last one has found so far.
func (d *Door) getExperiment(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.ExperimentOf(d.o.Experiment.State()))
	return nil
}

// deleteExperiment cancels the one that runs.
func (d *Door) deleteExperiment(w http.ResponseWriter, r *http.Request) error {
	ended, err := d.o.Experiment.Cancel(r.Context())
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.ExperimentOf(ended))
	return nil
}

// getExperimentRaw sends every moment that was measured.
func (d *Door) getExperimentRaw(w http.ResponseWriter, r *http.Request) error {
	state, records := d.o.Experiment.State(), d.o.Experiment.Records()
	if len(records) == 0 {
		return nothingMeasured()
	}
	switch format := cmp.Or(r.URL.Query().Get("format"), "json"); format {
	case "json":
		attach(w, state, format)
		d.sendJSON(w, r, wire.ExperimentRecordsOf(state, records))
		return nil
	case "csv":
		attach(w, state, format)
		w.Header().Set("Content-Type", csvType)
		w.Header().Set("Cache-Control", "no-store")
		sendIntervals(w, records, state.Plan.Interval)
		return nil
	default:
		return badParam("format", format).WithHint("it is json or csv")
	}
}

const csvType = "text/csv; charset=utf-8"

// attach names the file that a browser makes of the answer.
func attach(w http.ResponseWriter, e msg.Experiment, format string) {
	w.Header().Set("Content-Disposition", `attachment; filename="emitscope-experiment-`+e.Started.UTC().Format("20060102-150405")+`.`+format+`"`)
}

// sendIntervals writes a line for every interval, as emitted and as received.
func sendIntervals(w http.ResponseWriter, records []*msg.RunRecord, asked time.Duration) {
	out := bufio.NewWriter(w)
	_, _ = out.WriteString("way,round,interval,emitted_us,gap_us,error_us,received_us,received_gap_us,received_error_us\n")
	var line []byte
	for _, r := range records {
		for i := 1; i < len(r.Emitted); i++ {
			line = append(append(line[:0], r.Way...), ',')
			line = append(strconv.AppendInt(line, int64(r.Round), 10), ',')
			line = strconv.AppendInt(line, int64(i), 10)
			for _, moments := range [][]time.Duration{r.Emitted, r.Received} {
				if i >= len(moments) { // a control has no client
					line = append(line, ",,,"...)
					continue
				}
				gap := moments[i] - moments[i-1]
				for _, d := range []time.Duration{moments[i], gap, gap - asked} {
					line = strconv.AppendFloat(append(line, ','), float64(d)/float64(time.Microsecond), 'f', 3, 64)
				}
			}
			_, _ = out.Write(append(line, '\n'))
		}
	}
	_ = out.Flush() // who asked may be gone
}

func nothingMeasured() error {
	return fault.Newf(fault.NotFound, "nothing has been measured yet").WithHint("start an experiment with POST /api/v1/experiment")
}

// What the document says of these routes.

func docGetExperiment() *operation {
	return about("experiment", "hub", "The experiment",
		"The last experiment since the hub started, and what it has found so far. Interval errors are sizes: how far a gap between two messages was from the interval.").
		givesJSON("How far it is.", ref[wire.Experiment](), exampleExperiment())
}

func docPostExperiment() *operation {
	return about("startExperiment", "hub", "Start the experiment",
		"Emits the same load in several ways, one after the other, each with a server and clients of its own on this machine: producers that each sleep and emit; "+
			"one loop that takes a message from a queue, emits it and sleeps; and a lane of Emitscope. Meanwhile GET /api is asked. A control, which only waits, shows "+
			"what this machine itself is late by. One runs at a time.").
		takes(jsonType, ref[wire.NewExperiment](), map[string]example{"the default": {wire.NewExperiment{}}, "with Flask": {wire.NewExperiment{Flask: true}}}).
		gives(http.StatusAccepted, "It runs.", jsonType, ref[wire.Experiment](), exampleExperiment()).
		failsWith(http.StatusConflict, fault.Newf(fault.Conflict, "an experiment is running already").WithCode("experiment_running").
			WithHint("wait for its end, or cancel it")).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "there is no Python here").WithCode("flask_missing").
			WithHint("apt install python3-flask-socketio python3-gevent-websocket, or pip install flask-socketio simple-websocket; or leave Flask out")).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}

func docDeleteExperiment() *operation {
	return about("cancelExperiment", "hub", "Cancel the experiment", "What it has found so far stays.").
		givesJSON("It has ended.", ref[wire.Experiment](), exampleExperiment()).
		failsWith(http.StatusNotFound, fault.Newf(fault.NotFound, "no experiment is running").WithHint("there is nothing to cancel"))
}

func docGetExperimentRaw() *operation {
	return about("experimentRecords", "hub", "Every moment it measured",
		"As CSV a line for each interval, with the size of its error and its sign. A control was received by nobody.").
		param("query", "format", "How.", &schema{Type: "string", Enum: []string{"json", "csv"}, Default: "json"}, "csv").
		givesJSON("Of each run.", ref[wire.ExperimentRecords](), exampleExperimentRecords()).
		gives(http.StatusOK, "", csvType, &schema{Type: "string"}, nil).
		failsWith(http.StatusBadRequest, badParam("format", "xml").WithHint("it is json or csv")).
		failsWith(http.StatusNotFound, nothingMeasured())
}
