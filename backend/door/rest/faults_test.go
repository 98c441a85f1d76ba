package rest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// misdeeds are the faults of one namespace at most.
type misdeeds struct{ on *msg.FaultState }

func (m *misdeeds) List() (all []msg.FaultState) {
	if m.on != nil {
		all = append(all, *m.on)
	}
	return all
}

func (m *misdeeds) One(namespace string) (msg.FaultState, error) {
	if m.on == nil || m.on.Namespace != namespace {
		return msg.FaultState{}, fault.Newf(fault.NotFound, "no faults are on in %s", namespace)
	}
	return *m.on, nil
}

func (m *misdeeds) Set(namespace string, s msg.FaultSettings) (msg.FaultState, error) {
	if err := s.Check(); err != nil {
		return msg.FaultState{}, err
	}
	m.on = &msg.FaultState{Namespace: namespace, Settings: s, Began: time.Unix(0, 0), Ends: time.Unix(60, 0)}
	return *m.on, nil
}

func (m *misdeeds) Clear(namespace string) error {
	_, err := m.One(namespace)
	if err == nil {
		m.on = nil
	}
	return err
}

func (m *misdeeds) ClearAll() []string {
	all := m.List()
	m.on = nil
	if len(all) == 0 {
		return nil
	}
	return []string{all[0].Namespace}
}

func startFaulty(t *testing.T) (*hub, *misdeeds) {
	m := &misdeeds{}
	return startHub(t, func(o *rest.Options) { o.Faults = m }), m
}

const faultsOfTicks = "/api/v1/faults/%2Fws%2Fticks"

func TestFaultsAreSwitchedOnAndOff(t *testing.T) {
	h, m := startFaulty(t)
	got := decode[wire.Faults](t, h.ask(http.MethodPut, faultsOfTicks, `{"delay":"200ms","drop":0.1,"for":"1m","seed":7}`), http.StatusOK)
	want := wire.Faults{
		Namespace: "/ws/ticks", Began: "1970-01-01T00:00:00.000000000Z", Ends: "1970-01-01T00:01:00.000000000Z",
		NewFaults: wire.NewFaults{For: "1m0s", Delay: "200ms", DelayShare: 1, Drop: 0.1, Seed: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, decode[wire.Faults](t, h.get(faultsOfTicks), http.StatusOK)); diff != "" {
		t.Errorf("of the namespace (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(wire.FaultList{Faults: []wire.Faults{want}}, decode[wire.FaultList](t, h.get("/api/v1/faults"), http.StatusOK)); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}
	if a := h.do(http.MethodDelete, faultsOfTicks, nil); a.status != http.StatusNoContent || m.on != nil {
		t.Errorf("got %d, on are %v; want 204, none", a.status, m.on)
	}
	wantError(t, h.do(http.MethodDelete, faultsOfTicks, nil), http.StatusNotFound, "not_found")
	wantError(t, h.get(faultsOfTicks), http.StatusNotFound, "not_found")
}

func TestAllFaultsAreSwitchedOffAtOnce(t *testing.T) {
	h, m := startFaulty(t)
	h.ask(http.MethodPut, faultsOfTicks, `{"drop":1}`)
	if a := h.do(http.MethodDelete, "/api/v1/faults", nil); a.status != http.StatusNoContent || m.on != nil {
		t.Errorf("got %d, on are %v; want 204, none", a.status, m.on)
	}
}

func TestFaultsThatMakeNoSenseAreRefused(t *testing.T) {
	h, m := startFaulty(t)
	for body, code := range map[string]string{
		`{}`:                    "invalid_fault",
		`{"drop":2}`:            "invalid_fault",
		`{"delay":"soon"}`:      "invalid_fault",
		`{"drop":1,"for":"2h"}`: "invalid_fault",
		`{"drops":1}`:           "unknown_field",
		`{"drop":"1"}`:          "invalid_type",
	} {
		wantError(t, h.ask(http.MethodPut, faultsOfTicks, body), http.StatusBadRequest, code)
	}
	wantError(t, h.ask(http.MethodPut, "/api/v1/faults/ws", `{"drop":1}`), http.StatusBadRequest, "invalid_namespace")
	if m.on != nil {
		t.Errorf("on are %v", m.on)
	}
}

func TestOnlyWhoMayAdministerSwitchesFaults(t *testing.T) {
	h, _ := startFaulty(t)
	h.scopes = msg.MayView | msg.MayPublish
	wantError(t, h.ask(http.MethodPut, faultsOfTicks, `{"drop":1}`), http.StatusForbidden, "forbidden")
	wantError(t, h.do(http.MethodDelete, faultsOfTicks, nil), http.StatusForbidden, "forbidden")
	wantError(t, h.do(http.MethodDelete, "/api/v1/faults", nil), http.StatusForbidden, "forbidden")
	if a := h.get("/api/v1/faults"); a.status != http.StatusOK {
		t.Errorf("who may view gets %d, want 200: every viewer is told", a.status)
	}
}

func TestSwitchingFaultsIsNoted(t *testing.T) {
	h, _ := startFaulty(t)
	h.ask(http.MethodPut, faultsOfTicks, `{"drop":1,"delay":"1s"}`)
	h.do(http.MethodDelete, faultsOfTicks, nil)
	var got []msg.Act
	for _, act := range h.gate.acts {
		got = append(got, msg.Act{Kind: act.Kind, Subject: act.Subject, Detail: act.Detail})
	}
	want := []msg.Act{{Kind: msg.FaultsOn, Subject: "/ws/ticks", Detail: "delay drop"}, {Kind: msg.FaultsOff, Subject: "/ws/ticks"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
