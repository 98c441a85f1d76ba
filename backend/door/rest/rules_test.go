package rest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// shouts are rules that nobody keeps. One that is called "file" is from the settings
// file.
type shouts struct{ all []msg.RuleState }

func (s *shouts) List() []msg.RuleState { return s.all }

func (s *shouts) find(name string) (int, error) {
	i := slices.IndexFunc(s.all, func(r msg.RuleState) bool { return r.Name == name })
	switch {
	case i < 0:
		return i, fault.Newf(fault.NotFound, "there is no rule %q", name)
	case name == "file":
		return i, fault.Newf(fault.Conflict, "it is in the settings file").WithCode("rule_in_file")
	}
	return i, nil
}

func (s *shouts) Put(rule msg.Rule) (made bool, err error) {
	if err := rule.Check(); err != nil {
		return false, err
	}
	i, err := s.find(rule.Name)
	if i < 0 {
		s.all = append(s.all, msg.RuleState{Rule: rule, Source: msg.SourceSaved})
		return true, nil
	}
	if err == nil {
		s.all[i].Rule = rule
	}
	return false, err
}

func (s *shouts) Switch(name string, on bool) error {
	i, err := s.find(name)
	if i < 0 {
		return err
	}
	s.all[i].On = on
	return nil
}

func (s *shouts) Remove(name string) error {
	i, err := s.find(name)
	if err == nil {
		s.all = slices.Delete(s.all, i, i+1)
	}
	return err
}

func (s *shouts) Order(names []string) error {
	slices.SortStableFunc(s.all, func(a, b msg.RuleState) int {
		return slices.Index(names, a.Name) - slices.Index(names, b.Name)
	})
	return nil
}

const start = "/api/v1/rules/start%20on%20%2Fws%2Fjobs"

func TestARuleIsSavedSwitchedOrderedAndForgotten(t *testing.T) {
	h := startHub(t)
	made := decode[wire.Rule](t, h.ask(http.MethodPut, start, `{"namespace":"/ws/jobs","event":"start","reply":"progress","data":"{{seq}}"}`), http.StatusCreated)
	want := wire.Rule{Name: "start on /ws/jobs", Source: "saved", NewRule: wire.NewRule{
		On: true, Namespace: "/ws/jobs", Event: "start", Act: "answer", Reply: "progress", Data: "{{seq}}", Rooms: []string{}, Delay: "0s", Probability: 1,
	}}
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("what is absent is as usual (-want +got):\n%s", diff)
	}
	const all = `{"on":false,"namespace":"/a","event":"e","query":"size>1","act":"broadcast","reply":"r","last":20,"last_of":"tick","rooms":["x"],"delay":"1.5s","probability":0.25}`
	want = wire.Rule{Name: "start on /ws/jobs", Source: "saved", NewRule: wire.NewRule{
		Namespace: "/a", Event: "e", Query: "size>1", Act: "broadcast", Reply: "r", Last: 20, LastOf: "tick", Rooms: []string{"x"}, Delay: "1.5s", Probability: 0.25,
	}}
	if diff := cmp.Diff(want, decode[wire.Rule](t, h.ask(http.MethodPut, start, all), http.StatusOK)); diff != "" {
		t.Errorf("all that can be said (-want +got):\n%s", diff)
	}
	if got := decode[wire.Rule](t, h.ask(http.MethodPatch, start, `{"on":true}`), http.StatusOK); !got.On || got.Reply != "r" {
		t.Errorf("switched on: got %+v, want it on and else the same", got)
	}
	decode[wire.Rule](t, h.ask(http.MethodPut, "/api/v1/rules/%2F", all), http.StatusCreated)
	list := decode[wire.RuleList](t, h.ask(http.MethodPatch, "/api/v1/rules", `{"order":["/","start on /ws/jobs"]}`), http.StatusOK)
	if len(list.Rules) != 2 || list.Rules[0].Name != "/" {
		t.Errorf("ordered: got %+v, want / first", list.Rules)
	}
	if a := h.do(http.MethodDelete, start, nil); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	wantError(t, h.do(http.MethodDelete, start, nil), http.StatusNotFound, "not_found")
	wantError(t, h.ask(http.MethodPatch, start, `{"on":true}`), http.StatusNotFound, "not_found")
	if got := decode[wire.RuleList](t, h.get("/api/v1/rules"), http.StatusOK); len(got.Rules) != 1 {
		t.Errorf("got %+v, want the one that is left", got)
	}
}

func TestARuleOfTheSettingsFileIsOnlySwitched(t *testing.T) {
	h := startHub(t)
	h.rules.all = []msg.RuleState{{Rule: msg.Rule{Name: "file"}, Source: msg.SourceFile}}
	if got := decode[wire.Rule](t, h.ask(http.MethodPatch, "/api/v1/rules/file", `{"on":true}`), http.StatusOK); !got.On || got.Source != "file" {
		t.Errorf("got %+v, want it on", got)
	}
	wantError(t, h.ask(http.MethodPut, "/api/v1/rules/file", `{"namespace":"/a","event":"e","reply":"r","data":"1"}`), http.StatusConflict, "rule_in_file")
	wantError(t, h.do(http.MethodDelete, "/api/v1/rules/file", nil), http.StatusConflict, "rule_in_file")
}

func TestABadRuleIsRefusedByItsField(t *testing.T) {
	h := startHub(t)
	for _, c := range []struct{ body, code, field string }{
		{`{"namespace":"a","event":"e","reply":"r","data":"1"}`, "invalid_namespace", "namespace"},
		{`{"namespace":"/a","event":"join","reply":"r","data":"1"}`, "invalid_rule", "event"},
		{`{"namespace":"/a","event":"e","reply":"r","data":"1","delay":"1"}`, "invalid_rule", "delay"},
		{`{"namespace":"/a","event":"e","reply":"r","data":"1","delay":""}`, "invalid_rule", "delay"},
		{`{"namespace":"/a","event":"e","reply":"r","data":"1","propability":1}`, "unknown_field", ""},
	} {
		if e := wantError(t, h.ask(http.MethodPut, start, c.body), http.StatusBadRequest, c.code); e.Field != c.field || e.Hint == "" {
			t.Errorf("%s: got %+v, want the field %q and a hint", c.body, e, c.field)
		}
	}
	if len(h.rules.all) != 0 {
		t.Errorf("got %+v, want no rule", h.rules.all)
	}
}

func TestTheListSaysWhatRulesHaveDone(t *testing.T) {
	h, noon := startHub(t), time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	h.rules.all = []msg.RuleState{{
		Rule: msg.Rule{Name: "r"}, Source: msg.SourceBuiltIn, Hits: 3, PerSecond: 0.5, Waiting: 2, Errors: 1,
		LastError: &msg.RuleError{Time: noon, Err: fault.Newf(fault.Full, "it is full").WithHint("wait")},
	}}
	got := decode[wire.RuleList](t, h.get("/api/v1/rules"), http.StatusOK).Rules[0]
	want := wire.Rule{
		Name: "r", NewRule: wire.NewRule{Rooms: []string{}, Delay: "0s"}, Source: "built_in", Hits: 3, PerSecond: 0.5, Waiting: 2, Errors: 1,
		LastError: &wire.RuleError{Time: wire.Time(noon), Code: "queue_full", Message: "it is full", Hint: "wait"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
