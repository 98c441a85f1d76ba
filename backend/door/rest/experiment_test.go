package rest_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// bench is the experiment, made up.
type bench struct {
	mu      sync.Mutex
	plan    msg.ExperimentPlan // that was started
	records []*msg.RunRecord
	without bool // Flask
}

func (b *bench) Start(_ context.Context, p msg.ExperimentPlan) (msg.Experiment, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p.Flask && b.without {
		return msg.Experiment{}, fault.Newf(fault.NotFound, "there is no Python here").WithCode("flask_missing")
	}
	b.plan = p
	return msg.Experiment{State: msg.ExperimentRunning, Plan: p, Machine: msg.Machine{Load: -1}}, nil
}

func (b *bench) State() msg.Experiment {
	return msg.Experiment{State: msg.ExperimentNone, Plan: msg.DefaultExperiment(), Started: time.Unix(1_700_000_000, 0)}
}

func (b *bench) Cancel(context.Context) (msg.Experiment, error) {
	return msg.Experiment{}, fault.Newf(fault.NotFound, "no experiment is running")
}

func (b *bench) Records() []*msg.RunRecord { return b.records }

func (h *hub) experiment(body string) answer {
	h.t.Helper()
	return h.ask(http.MethodPost, "/api/v1/experiment", body)
}

func TestAnExperimentHasTheDefaultOfWhatIsNotSaid(t *testing.T) {
	h := startHub(t)
	started := decode[wire.Experiment](t, h.experiment(`{"length":"5s","clients":7}`), http.StatusAccepted)
	want := msg.DefaultExperiment()
	want.Length, want.Clients = 5*time.Second, 7
	if h.lab.plan != want || started.State != "running" || started.Plan.Length != "5s" || started.Runs != 20 {
		t.Errorf("got %+v and %+v, want %+v running", h.lab.plan, started, want)
	}
}

func TestAnExperimentSaysWhatItCannotDo(t *testing.T) {
	h := startHub(t)
	h.lab.without = true
	wantError(t, h.experiment(`{"length":"long"}`), http.StatusBadRequest, "invalid_experiment")
	wantError(t, h.experiment(`{"lenght":"5s"}`), http.StatusBadRequest, "unknown_field")
	wantError(t, h.experiment(`{"flask":true}`), http.StatusNotFound, "flask_missing")
	wantError(t, h.do(http.MethodDelete, "/api/v1/experiment", nil), http.StatusNotFound, "not_found")
	wantError(t, h.get("/api/v1/experiment/raw"), http.StatusNotFound, "not_found")
}

func TestOnlyAnAdministratorStartsAndCancelsTheExperiment(t *testing.T) {
	h := startHub(t)
	h.scopes = msg.MayView | msg.MayPublish
	wantError(t, h.experiment(`{}`), http.StatusForbidden, "forbidden")
	wantError(t, h.do(http.MethodDelete, "/api/v1/experiment", nil), http.StatusForbidden, "forbidden")
	if got := decode[wire.Experiment](t, h.get("/api/v1/experiment"), http.StatusOK); got.State != "none" || got.Plan.Interval != "10ms" {
		t.Errorf("got %+v, want none and the default plan", got)
	}
}

func TestTheRawFigureHasEveryIntervalWithItsErrorAndSign(t *testing.T) {
	h := startHub(t)
	ms := time.Millisecond
	h.lab.records = []*msg.RunRecord{{
		Way: msg.WayLoop, Round: 2, Emitted: []time.Duration{0, 11 * ms, 20*ms + 1500}, Received: []time.Duration{ms, 12 * ms, 22 * ms},
		Answers: []time.Duration{ms / 2}, Unanswered: 1,
	}, {Way: msg.WayControl, Round: 1, Emitted: []time.Duration{0, 10 * ms}}}
	csv := h.get("/api/v1/experiment/raw?format=csv")
	want := "way,round,interval,emitted_us,gap_us,error_us,received_us,received_gap_us,received_error_us\n" +
		"loop,2,1,11000.000,11000.000,1000.000,12000.000,11000.000,1000.000\n" +
		"loop,2,2,20001.500,9001.500,-998.500,22000.000,10000.000,0.000\n" +
		"control,1,1,10000.000,10000.000,0.000,,,\n"
	if diff := cmp.Diff(want, csv.body); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if name := csv.header.Get("Content-Disposition"); !strings.Contains(name, `"emitscope-experiment-20231114-221320.csv"`) {
		t.Errorf("got the name %s", name)
	}
	all := decode[wire.ExperimentRecords](t, h.get("/api/v1/experiment/raw"), http.StatusOK)
	if diff := cmp.Diff([]wire.ExperimentRecord{{
		Way: "loop", Round: 2, Emitted: []float64{0, 11_000, 20_001.5}, Received: []float64{1000, 12_000, 22_000}, Answers: []float64{500}, Unanswered: 1,
	}, {Way: "control", Round: 1, Emitted: []float64{0, 10_000}, Received: []float64{}, Answers: []float64{}}}, all.Records); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	wantError(t, h.get("/api/v1/experiment/raw?format=xml"), http.StatusBadRequest, "invalid_parameter")
}
