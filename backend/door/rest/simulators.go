package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// simulators are the producers that the hub makes up, by name. Put reports whether
// the name is new, and has one that runs begin anew.
type simulators interface {
	List() ([]wire.Simulator, error)
	MaxRate() float64
	Put(name string, setup wire.SimulatorSetup) (one wire.Simulator, made bool, err error)
	Start(name string) (wire.Simulator, error)
	Stop(name string) (wire.Simulator, error)
	Remove(name string) error
	StartDemo() error
	StopDemo() error
	DemoRuns() bool
}

// getSimulators lists the simulators.
func (d *Door) getSimulators(w http.ResponseWriter, r *http.Request) error {
	list, err := d.o.Simulators.List()
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.SimulatorList{Simulators: list, MaxRate: d.o.Simulators.MaxRate(), Demo: d.o.Simulators.DemoRuns()})
	return nil
}

// putSimulator keeps a setup under the name in the path.
func (d *Door) putSimulator(w http.ResponseWriter, r *http.Request) error {
	var body wire.SimulatorSetup
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	one, made, err := d.o.Simulators.Put(r.PathValue("name"), body)
	if err != nil {
		return err
	}
	return sendPut(w, made, one)
}

// patchSimulator starts or stops one.
func (d *Door) patchSimulator(w http.ResponseWriter, r *http.Request) error {
	var body wire.SimulatorPatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	if body.Running == nil {
		return fault.Newf(fault.Invalid, "the change says nothing").WithCode("invalid_simulator").WithHint(`say {"running":true} or {"running":false}`)
	}
	name, change, kind := r.PathValue("name"), d.o.Simulators.Stop, msg.SimulatorStopped
	if *body.Running {
		change, kind = d.o.Simulators.Start, msg.SimulatorStarted
	}
	one, err := change(name)
	if err != nil {
		return err
	}
	d.note(r, kind, name)
	d.sendJSON(w, r, one)
	return nil
}

// deleteSimulator stops one and forgets it.
func (d *Door) deleteSimulator(w http.ResponseWriter, r *http.Request) error {
	if err := d.o.Simulators.Remove(r.PathValue("name")); err != nil {
		return err
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

// postDemo starts the demo feed.
func (d *Door) postDemo(w http.ResponseWriter, r *http.Request) error {
	if err := d.o.Simulators.StartDemo(); err != nil {
		return err
	}
	d.note(r, msg.SimulatorStarted, demoFeed)
	return d.getSimulators(w, r)
}

// deleteDemo stops it.
func (d *Door) deleteDemo(w http.ResponseWriter, r *http.Request) error {
	if err := d.o.Simulators.StopDemo(); err != nil {
		return err
	}
	d.note(r, msg.SimulatorStopped, demoFeed)
	return d.getSimulators(w, r)
}

// demoFeed is what the audit calls the simulators of the demo.
const demoFeed = "demo"

func docGetSimulators() *operation {
	return about("listSimulators", "simulators", "Simulators", "What the hub can make up itself, by name, and how each does; and whether the demo feed runs.").
		givesJSON("The simulators.", ref[wire.SimulatorList](), exampleSimulators())
}

func docPutSimulator() *operation {
	example1 := object{"feed": "ticks", "rate": 96}
	example2 := object{"feed": "template", "namespace": "/ws/rt_market", "event": "tick", "interval": "10ms", "template": `{"symbol": "AAPL", "price": {{walk 231.42 0.02}}}`}
	return about("saveSimulator", "simulators", "Make or change a simulator",
		"Under a name of 1 to 64 characters, in the place of the one that has it; one that runs begins anew. There may be 50.\n\n"+
			"Each producer has a schedule of its own; together they offer producers × 1/interval messages a second. A template writes JSON with holes: "+
			"`{{now}}`, `{{now ms}}`, `{{seq}}`, `{{id}}`, `{{rand 1 10}}`, `{{pick \"a\" \"b\"}}`, `{{walk 100 0.5}}`, and the name of a field with a number "+
			"that stands before, with + and -.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleSimulator().Name).
		takes(jsonType, ref[wire.SimulatorSetup](), map[string]example{"a market": {example1}, "a template": {example2}}).
		givesJSON("It took the place of another.", ref[wire.Simulator](), exampleSimulator()).
		gives(http.StatusCreated, "It is kept, and does not run.", jsonType, ref[wire.Simulator](), exampleSimulator()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "there are 50 saved simulators, and more are not possible").
			WithHint("remove one that is not used any more"), tooMuchMadeUp()).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
}

func docPatchSimulator() *operation {
	return about("runSimulator", "simulators", "Start or stop a simulator", "It starts from its beginning: the same seed makes the same messages again.").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleSimulator().Name).
		takes(jsonType, ref[wire.SimulatorPatch](), map[string]example{"start it": {object{"running": true}}, "stop it": {object{"running": false}}}).
		givesJSON("How it is now.", ref[wire.Simulator](), exampleSimulator()).
		failsWith(http.StatusNotFound, noSimulator()).
		failsWith(http.StatusTooManyRequests, tooMuchMadeUp()).
		fails(http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}

func docDeleteSimulator() *operation {
	return about("removeSimulator", "simulators", "Stop and forget a simulator", "").
		param("path", "name", "Percent-encoded.", &schema{Type: "string"}, exampleSimulator().Name).
		gives(http.StatusNoContent, "It is forgotten.", "", nil, nil).
		failsWith(http.StatusNotFound, noSimulator())
}

func docPostDemo() *operation {
	return about("startDemo", "simulators", "Start the demo feed",
		"Market ticks, two kinds of sensors and a chat, about 130 messages a second: four simulators, which are made where they are not there. While one of them runs, four clients of the hub's own read what it makes.").
		givesJSON("All simulators.", ref[wire.SimulatorList](), exampleSimulators()).
		failsWith(http.StatusTooManyRequests, tooMuchMadeUp()).
		fails(http.StatusServiceUnavailable)
}

func docDeleteDemo() *operation {
	return about("stopDemo", "simulators", "Stop the demo feed", "Its simulators stay.").
		givesJSON("All simulators.", ref[wire.SimulatorList](), exampleSimulators())
}

func noSimulator() *fault.Error {
	return fault.Newf(fault.NotFound, "there is no simulator %q", exampleSimulator().Name).
		WithHint("it may have been removed; names differ by capital letters")
}

func tooMuchMadeUp() *fault.Error {
	return fault.Newf(fault.TooMany, "together with the simulators that run, this one would offer 120000 messages a second; at most 100000 are possible").
		WithHint("stop another one, or have it make fewer")
}

func exampleSimulators() wire.SimulatorList {
	return wire.SimulatorList{Simulators: []wire.Simulator{exampleSimulator()}, MaxRate: 100_000, Demo: true}
}

func exampleSimulator() wire.Simulator {
	return wire.Simulator{
		Name: "Market ticks", SimulatorSetup: wire.SimulatorSetup{
			Feed: "ticks", Namespace: "/ws/rt_market", Event: "tick", Rate: 96, Producers: 1, Seed: 1,
			Set: map[string]float64{"symbols": 6, "burst_one_in": 40, "spread": 0.02},
		},
		Running: true, Offered: 96, StartedTime: "2026-01-02T15:04:05.000000000Z", Sent: 960, Accepted: 960,
	}
}
