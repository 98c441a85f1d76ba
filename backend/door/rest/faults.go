package rest

import (
	"net/http"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// faults are those that somebody has switched on.
type faults interface {
	List() []msg.FaultState
	One(namespace string) (msg.FaultState, error)
	Set(namespace string, s msg.FaultSettings) (msg.FaultState, error)
	Clear(namespace string) error
	ClearAll() (namespaces []string)
}

// getFaults tells all that are on.
func (d *Door) getFaults(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.FaultListOf(d.o.Faults.List()))
	return nil
}

// getFaultsOf tells those of one namespace.
func (d *Door) getFaultsOf(w http.ResponseWriter, r *http.Request) error {
	namespace, err := namespaceOf(r)
	if err != nil {
		return err
	}
	state, err := d.o.Faults.One(namespace)
	if err != nil {
		return err
	}
	d.sendJSON(w, r, wire.FaultsOf(state))
	return nil
}

// putFaults switches faults on, in place of those that are.
func (d *Door) putFaults(w http.ResponseWriter, r *http.Request) error {
	namespace, err := namespaceOf(r)
	if err != nil {
		return err
	}
	var body wire.NewFaults
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	settings, err := body.Settings()
	if err != nil {
		return err
	}
	state, err := d.o.Faults.Set(namespace, settings)
	if err != nil {
		return err
	}
	d.o.Audit.Note(msg.Act{
		Kind: msg.FaultsOn, By: msg.CallerOf(r.Context()), Door: msg.DoorREST, Subject: namespace, Detail: settings.Kinds().String(),
	})
	d.sendJSON(w, r, wire.FaultsOf(state))
	return nil
}

// deleteFaults switches those of one namespace off.
func (d *Door) deleteFaults(w http.ResponseWriter, r *http.Request) error {
	namespace, err := namespaceOf(r)
	if err != nil {
		return err
	}
	if err := d.o.Faults.Clear(namespace); err != nil {
		return err
	}
	d.note(r, msg.FaultsOff, namespace)
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

// deleteAllFaults switches all of them off.
func (d *Door) deleteAllFaults(w http.ResponseWriter, r *http.Request) error {
	for _, namespace := range d.o.Faults.ClearAll() {
		d.note(r, msg.FaultsOff, namespace)
	}
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

func docGetFaults() *operation {
	return about("listFaults", "faults", "Every fault that is on", "By namespace. They end by themselves, and none is on after a start of the hub.").
		givesJSON("The faults.", ref[wire.FaultList](), wire.FaultList{Faults: []wire.Faults{exampleFaults()}})
}

func docGetFaultsOf() *operation {
	return about("getFaults", "faults", "The faults of one namespace", "").
		param("path", "namespace", "Percent-encoded.", &schema{Type: "string"}, "/ws").
		givesJSON("The faults.", ref[wire.Faults](), exampleFaults()).
		failsWith(http.StatusBadRequest, msg.CheckNamespace("ws")).
		failsWith(http.StatusNotFound, errNoFaults())
}

func docPutFaults() *operation {
	return about("setFaults", "faults", "Make a namespace misbehave",
		"To see what its clients do then. What is given takes the place of the faults that are on, and counts from 0; what is left out is off. "+
			"They end by themselves. What is held back on purpose is not late, and what is dropped on purpose is not lost: both are counted apart.").
		param("path", "namespace", "Percent-encoded.", &schema{Type: "string"}, "/ws").
		takes(jsonType, ref[wire.NewFaults](), map[string]example{
			"a bad network":          {object{"delay": "200ms", "jitter": "100ms", "drop": 0.02, "disconnect": 0.01}},
			"duplicates, repeatably": {object{"duplicate": 0.1, "seed": 42}},
			"slow clients":           {object{"slow_share": 0.25, "slow_rate": 5, "for": "10m"}},
			"a stalling emitter":     {object{"stall": "2s", "stall_every": "15s"}},
		}).
		givesJSON("The faults as they are now.", ref[wire.Faults](), exampleFaults()).
		failsWith(http.StatusBadRequest, msg.FaultSettings{For: msg.DefaultFaultsFor, Dropped: 5}.Check(), msg.FaultSettings{For: msg.DefaultFaultsFor}.Check()).
		failsWith(http.StatusTooManyRequests, fault.Newf(fault.TooMany, "32 namespaces have faults; more are not possible").WithCode("too_many_faults").
			WithHint("switch those of another namespace off")).
		fails(http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusServiceUnavailable)
}

func docDeleteFaults() *operation {
	return about("clearFaults", "faults", "Have a namespace behave again", "What was held back leaves at once, in its order.").
		param("path", "namespace", "Percent-encoded.", &schema{Type: "string"}, "/ws").
		gives(http.StatusNoContent, "They are off.", "", nil, nil).
		failsWith(http.StatusBadRequest, msg.CheckNamespace("ws")).
		failsWith(http.StatusNotFound, errNoFaults())
}

func docDeleteAllFaults() *operation {
	return about("clearAllFaults", "faults", "Switch all faults off", "").gives(http.StatusNoContent, "None is on.", "", nil, nil)
}

func errNoFaults() error {
	return fault.Newf(fault.NotFound, "no faults are on in %s", "/ws").WithHint("GET /api/v1/faults lists those that are")
}

func exampleFaults() wire.Faults {
	return wire.Faults{
		Namespace: "/ws", Began: "2026-01-02T15:04:05.000000000Z", Ends: "2026-01-02T15:09:05.000000000Z",
		NewFaults: wire.NewFaults{For: "5m0s", Delay: "200ms", Jitter: "100ms", DelayShare: 1, Drop: 0.02, Disconnect: 0.01, Seed: 42},
		Counts:    wire.FaultCounts{Delay: 980, Drop: 20, Disconnect: 3}, Held: 12,
	}
}
