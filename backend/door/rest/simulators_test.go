package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// madeUp are simulators that make nothing.
type madeUp struct {
	mu  sync.Mutex
	all map[string]wire.Simulator
}

func (m *madeUp) List() ([]wire.Simulator, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []wire.Simulator{}
	for _, one := range m.all {
		list = append(list, one)
	}
	slices.SortFunc(list, func(a, b wire.Simulator) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

func (*madeUp) MaxRate() float64 { return 1000 }

func (m *madeUp) Put(name string, setup wire.SimulatorSetup) (wire.Simulator, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if setup.Feed == "" {
		return wire.Simulator{}, false, fault.Newf(fault.Invalid, "there is no feed").WithCode("invalid_simulator")
	}
	had, there := m.all[name]
	one := wire.Simulator{Name: name, SimulatorSetup: setup, Running: had.Running}
	m.all[name] = one
	return one, !there, nil
}

func (m *madeUp) run(name string, running bool) (wire.Simulator, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	one, there := m.all[name]
	if !there {
		return one, fault.Newf(fault.NotFound, "there is no simulator %q", name)
	}
	one.Running = running
	m.all[name] = one
	return one, nil
}

func (m *madeUp) Start(name string) (wire.Simulator, error) { return m.run(name, true) }
func (m *madeUp) Stop(name string) (wire.Simulator, error)  { return m.run(name, false) }

func (m *madeUp) Remove(name string) error {
	if _, err := m.run(name, false); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.all, name)
	return nil
}

func (m *madeUp) StartDemo() error {
	_, _, _ = m.Put("demo one", wire.SimulatorSetup{Feed: "sine"}) // has a feed
	_, err := m.Start("demo one")
	return err
}

func (m *madeUp) DemoRuns() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.all["demo one"].Running
}

func (m *madeUp) StopDemo() error {
	_, _ = m.Stop("demo one") // it need not be there
	return nil
}

func TestASimulatorIsMadeStartedStoppedAndForgotten(t *testing.T) {
	h := startHub(t)
	const path = "/api/v1/simulators/Pump%203"
	made := decode[wire.Simulator](t, h.ask(http.MethodPut, path, `{"feed":"walk","set":{"step":0.5}}`), http.StatusCreated)
	if made.Name != "Pump 3" || made.Feed != "walk" || made.Set["step"] != 0.5 || made.Running {
		t.Errorf("got %+v", made)
	}
	decode[wire.Simulator](t, h.ask(http.MethodPut, path, `{"feed":"sine"}`), http.StatusOK)
	for _, running := range []string{"true", "false"} {
		got := decode[wire.Simulator](t, h.ask(http.MethodPatch, path, `{"running":`+running+`}`), http.StatusOK)
		if want := running == "true"; got.Running != want {
			t.Errorf("got running %v, want %v", got.Running, want)
		}
	}
	list := decode[wire.SimulatorList](t, h.get("/api/v1/simulators"), http.StatusOK)
	if len(list.Simulators) != 1 || list.Simulators[0].Feed != "sine" || list.MaxRate != 1000 {
		t.Errorf("got %+v, want the one that is kept", list)
	}
	if a := h.do(http.MethodDelete, path, nil); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	wantError(t, h.ask(http.MethodPatch, path, `{"running":true}`), http.StatusNotFound, "not_found")
}

func TestTheDemoFeedIsOneRequest(t *testing.T) {
	h := startHub(t)
	if got := decode[wire.SimulatorList](t, h.do(http.MethodPost, "/api/v1/demo", nil), http.StatusOK); len(got.Simulators) != 1 || !got.Simulators[0].Running || !got.Demo {
		t.Errorf("got %+v, want what runs now", got)
	}
	if got := decode[wire.SimulatorList](t, h.do(http.MethodDelete, "/api/v1/demo", nil), http.StatusOK); len(got.Simulators) != 1 || got.Simulators[0].Running || got.Demo {
		t.Errorf("got %+v, want what does not run any more", got)
	}
}

func TestAWrongSimulatorIsRefused(t *testing.T) {
	h := startHub(t)
	wantError(t, h.ask(http.MethodPut, "/api/v1/simulators/x", `{"feed":""}`), http.StatusBadRequest, "invalid_simulator")
	wantError(t, h.ask(http.MethodPut, "/api/v1/simulators/x", `{"fed":"sine"}`), http.StatusBadRequest, "unknown_field")
	wantError(t, h.ask(http.MethodPatch, "/api/v1/simulators/x", `{}`), http.StatusBadRequest, "invalid_simulator")
	h.scopes = msg.MayView | msg.MayPublish
	wantError(t, h.ask(http.MethodPut, "/api/v1/simulators/x", `{"feed":"sine"}`), http.StatusForbidden, "forbidden")
	wantError(t, h.do(http.MethodPost, "/api/v1/demo", nil), http.StatusForbidden, "forbidden")
}
