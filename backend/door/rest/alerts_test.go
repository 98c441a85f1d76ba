package rest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// alarms are alerts, made up.
type alarms struct {
	all    []msg.Alert
	known  []string // acknowledged, by whom
	wrong  string   // what is wrong with each webhook
	events uint64
}

func (a *alarms) States() []msg.AlertState {
	var states []msg.AlertState
	for _, one := range a.all {
		states = append(states, msg.AlertState{Alert: one, Value: 3, Known: one.On, Hook: msg.WebhookState{Told: 7}})
	}
	return states
}

func (a *alarms) Put(one msg.Alert) (made bool, err error) {
	had := a.Remove(one.Name) == nil
	a.all = append(a.all, one)
	return !had, nil
}

func (a *alarms) Remove(name string) error {
	before := len(a.all)
	a.all = slices.DeleteFunc(a.all, func(one msg.Alert) bool { return one.Name == name })
	if len(a.all) == before {
		return fault.Newf(fault.NotFound, "there is none")
	}
	return nil
}

func (a *alarms) Acknowledge(name, by string) error {
	a.known = append(a.known, name+" by "+by)
	return nil
}

func (a *alarms) History(before uint64, limit int) (page []msg.AlertEvent, more bool) {
	for id := a.events; id > 0; id-- {
		if before != 0 && id >= before {
			continue
		}
		if len(page) == limit {
			return page, true
		}
		page = append(page, msg.AlertEvent{ID: id, Name: "a", Raised: time.Unix(int64(id), 0)})
	}
	return page, false
}

func (a *alarms) Test(context.Context, string) (wrong string, err error) { return a.wrong, nil }

func (h *hub) putAlert(name, body string) answer {
	h.t.Helper()
	return h.ask(http.MethodPut, "/api/v1/alerts/"+name, body)
}

func TestAnAlertIsKeptWithWhatWasLeftOutListedAndForgotten(t *testing.T) {
	h := startHub(t)
	made := decode[wire.Alert](t, h.putAlert("Ticks%20stopped", `{"when":"silence","namespace":"/m","event":"tick","limit":30}`), http.StatusCreated)
	if made.Name != "Ticks stopped" || !*made.On || *made.Limit != 30 || made.Clear != nil || made.Hold != "0s" || made.ClearHold != "30s" || made.Hook != nil {
		t.Errorf("got %+v", made)
	}
	queue := decode[wire.Alert](t, h.putAlert("Ticks%20stopped", `{"on":false,"when":"queue","hold":"1500ms"}`), http.StatusOK)
	if *queue.On || *queue.Limit != 80 || *queue.Clear != 60 || queue.Hold != "1.5s" || queue.Value != nil {
		t.Errorf("got %+v", queue)
	}
	if list := decode[wire.AlertList](t, h.get("/api/v1/alerts"), http.StatusOK); len(list.Alerts) != 1 || list.Alerts[0].When != "queue" {
		t.Errorf("got %+v", list)
	}
	if a := h.do(http.MethodDelete, "/api/v1/alerts/Ticks%20stopped", nil); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	wantError(t, h.do(http.MethodDelete, "/api/v1/alerts/Ticks%20stopped", nil), http.StatusNotFound, "not_found")
	var kinds []msg.ActKind
	for _, act := range h.gate.noted() {
		kinds = append(kinds, act.Kind)
	}
	if !slices.Equal(kinds, []msg.ActKind{msg.AlertChanged, msg.AlertChanged, msg.AlertRemoved}) {
		t.Errorf("noted %v, want each change", kinds)
	}
}

func TestAnAlertThatCannotBeIsRefusedByACodeThatNamesWhatIsWrong(t *testing.T) {
	h := startHub(t)
	for body, code := range map[string]string{
		`{"when":"moon"}`:                                "alert_when",
		`{"when":"silence"}`:                             "alert_namespace",
		`{"when":"queue","limit":101}`:                   "alert_limit",
		`{"when":"queue","clear":90}`:                    "alert_clear",
		`{"when":"queue","hold":"soon"}`:                 "alert_hold",
		`{"when":"queue","clear_hold":"-1s"}`:            "alert_clear_hold",
		`{"when":"queue","learn":10}`:                    "alert_learn",
		`{"when":"queue","webhook":"gopher://x/secret"}`: "alert_webhook",
		`{"when":"queue","color":"red"}`:                 "unknown_field",
	} {
		if e := wantError(t, h.putAlert("a", body), http.StatusBadRequest, code); strings.Contains(e.Message+e.Hint, "secret") {
			t.Errorf("%s: the answer repeats the address: %+v", body, e)
		}
	}
	if len(h.alarms.all) != 0 {
		t.Errorf("got %v, want none kept", h.alarms.all)
	}
}

func TestOnlyAdminsAreToldTheAddressOfAWebhook(t *testing.T) {
	h := startHub(t)
	made := decode[wire.Alert](t, h.putAlert("a", `{"when":"queue","webhook":"https://example.com/secret"}`), http.StatusCreated)
	if made.Webhook != "https://example.com/secret" {
		t.Errorf("an admin: got %q", made.Webhook)
	}
	h.scopes = msg.MayView
	a := h.get("/api/v1/alerts")
	if list := decode[wire.AlertList](t, a, http.StatusOK); list.Alerts[0].Hook == nil || list.Alerts[0].Hook.Told != 7 || strings.Contains(a.body, "secret") {
		t.Errorf("a viewer: got %s, want that there is one, without its address", a.body)
	}
}

func TestAnAlertIsAcknowledgedByTheKeyThatAsks(t *testing.T) {
	h := startHub(t)
	h.key = "desk"
	if a := h.do(http.MethodPost, "/api/v1/alerts/a%2Fb/acknowledge", nil); a.status != http.StatusNoContent {
		t.Errorf("got %d %s, want 204", a.status, a.body)
	}
	if !slices.Equal(h.alarms.known, []string{"a/b by desk"}) {
		t.Errorf("got %v", h.alarms.known)
	}
}

func TestATestOfAWebhookSaysHowItWent(t *testing.T) {
	h := startHub(t)
	if got := decode[wire.WebhookTest](t, h.do(http.MethodPost, "/api/v1/alerts/a/test", nil), http.StatusOK); !got.OK {
		t.Errorf("got %+v, want ok", got)
	}
	h.alarms.wrong = "it answered 404 Not Found"
	if got := decode[wire.WebhookTest](t, h.do(http.MethodPost, "/api/v1/alerts/a/test", nil), http.StatusOK); got.OK || got.Error != h.alarms.wrong {
		t.Errorf("got %+v, want what was wrong", got)
	}
}

func TestTheHistoryOfAlertsIsReadPageByPage(t *testing.T) {
	h := startHub(t)
	h.alarms.events = 3
	first := decode[wire.AlertHistory](t, h.get("/api/v1/alert-history?limit=2"), http.StatusOK)
	rest := decode[wire.AlertHistory](t, h.get("/api/v1/alert-history?limit=2&before=2"), http.StatusOK)
	if len(first.Events) != 2 || first.Before != 2 || len(rest.Events) != 1 || rest.Before != 0 {
		t.Errorf("got %+v and %+v", first, rest)
	}
	wantError(t, h.get("/api/v1/alert-history?limit=0"), http.StatusBadRequest, "invalid_parameter")
}

func FuzzCheckAlert(f *testing.F) {
	f.Add([]byte(`{"when":"silence","namespace":"/m","event":"tick","limit":30,"clear":1,"hold":"1s","clear_hold":"2m","learn":10,"webhook":"https://a/b"}`))
	f.Add([]byte(`{"when":"shape","namespace":"/m"}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		if rest.CheckAlert(value) != nil {
			return
		}
		var n wire.NewAlert
		if err := wire.DecodeStrict(value, &n); err != nil {
			t.Fatalf("%s passed, and cannot be read: %v", value, err)
		}
		one, _ := n.Alert("a")
		if again, err := wire.NewAlertOf(one).Alert("a"); err != nil || again != one {
			t.Errorf("%s: got %+v (%v) from what is kept, want %+v", value, again, err, one)
		}
	})
}
