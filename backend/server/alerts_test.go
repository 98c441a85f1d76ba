package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

// listener is a program that webhooks tell something.
func listener(t *testing.T) (url string, heard chan wire.WebhookBody) {
	t.Helper()
	heard = make(chan wire.WebhookBody, 16)
	there := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body wire.WebhookBody
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Errorf("the webhook was told what is no JSON: %v", err)
		}
		heard <- body
	}))
	t.Cleanup(there.Close)
	return there.URL + "/hooks/secret", heard
}

// overflow has a hub refuse messages.
func overflow(t *testing.T, h *hub) {
	t.Helper()
	one, hour := 1, "1h"
	if _, err := h.PatchLane(t.Context(), "/full", wire.LanePatch{Interval: &hour, Capacity: &one}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, _ = h.Publish(t.Context(), wire.Publish{Namespace: "/full", Event: "e"}) // all but the first are refused
	}
}

func TestARaisedAlertIsToldToViewersWebhooksAndPrometheus(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, nil)
	address, heard := listener(t)
	if _, err := h.PutAlert(t.Context(), "Lost", wire.NewAlert{When: "drops", ClearHold: "1h", Webhook: address}); err != nil {
		t.Fatal(err)
	}
	viewer := dial(t, h.url, "/api/v1/feed", "")
	viewer.until("hello")
	h.await(t, "Lost")
	overflow(t, h)
	viewer.until(`"name":"Lost"`)
	body := <-heard
	if body.State != "raised" || body.Name != "Lost" || body.Where != "/full" || !strings.HasSuffix(body.Text, " lost in 10 s, most of them in /full") {
		t.Errorf("the webhook was told %+v", body)
	}
	metrics, err := h.Fetch(t.Context(), "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(metrics)
	_ = metrics.Close()
	if !strings.Contains(string(text), `emitscope_alert_raised{alert="Lost"} 1`) {
		t.Error("Prometheus is not told")
	}
	late := dial(t, h.url, "/api/v1/feed", "")
	if hello := late.until("hello"); !strings.Contains(hello, `"name":"Lost"`) {
		t.Errorf("who comes later is told %s, want what is raised", hello)
	}
	if err := h.Acknowledge(t.Context(), "Lost"); err != nil {
		t.Fatal(err)
	}
	late.until(`"acknowledged"`)
	if err := h.RemoveAlert(t.Context(), "Lost"); err != nil {
		t.Fatal(err)
	}
	if body := <-heard; body.State != "cleared" || body.Cleared == "" {
		t.Errorf("when it was removed the webhook was told %+v, want that it is over", body)
	}
	events, err := h.AlertHistory(t.Context(), 10)
	if err != nil || len(events) == 0 || events[len(events)-1].Name == "" || events[0].Limit != 1 {
		t.Errorf("got %+v (%v), want what happened", events, err)
	}
}

// await waits until an alert was looked at, so that what comes next is news.
func (h *hub) await(t *testing.T, name string) {
	t.Helper()
	testkit.Eventually(t, func() bool {
		all, err := h.Alerts(t.Context())
		for _, a := range all {
			if a.Name == name && a.Value != nil {
				return err == nil
			}
		}
		return false
	}, "a look at "+name)
}

func TestAlertsAreKeptForTheNextStartAndForgottenWithAllData(t *testing.T) {
	dir := t.TempDir()
	at := func(c *config.Config) { c.DataDir = dir }
	first := startHub(t, at)
	off := false
	for name, a := range map[string]wire.NewAlert{"Ticks stopped": {When: "silence", Namespace: "/m"}, "Queue fills up": {On: &off, When: "queue"}} {
		if _, err := first.PutAlert(t.Context(), name, a); err != nil {
			t.Fatal(err)
		}
	}
	first.stop()
	second := startHub(t, at)
	if got := stands(t, second); got["Ticks stopped"] != "on" || got["Queue fills up"] != "off, built in, changed" || got["Messages are lost"] != "on, built in" {
		t.Errorf("got %v", got)
	}
	if ask(t, "DELETE", second.url+"/api/v1/data?confirm=everything", "", "", nil) != http.StatusOK {
		t.Error("the data was not deleted")
	}
	if got := stands(t, second); got["Ticks stopped"] != "" || got["Queue fills up"] != "on, built in" {
		t.Errorf("after all data was deleted: got %v", got)
	}
}

// stands tells how each alert of a hub stands.
func stands(t *testing.T, h *hub) map[string]string {
	t.Helper()
	all, err := h.Alerts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, a := range all {
		text := "off"
		if *a.On {
			text = "on"
		}
		if a.BuiltIn {
			text += ", built in"
		}
		if a.Changed {
			text += ", changed"
		}
		got[a.Name] = text
	}
	return got
}

func TestABuiltInAlertCanBeChangedAndResetButNotRemoved(t *testing.T) {
	h := startHub(t, nil)
	limit := 50.0
	if _, err := h.PutAlert(t.Context(), "Queue fills up", wire.NewAlert{When: "queue", Limit: &limit}); err != nil {
		t.Fatal(err)
	}
	if err := h.RemoveAlert(t.Context(), "Queue fills up"); err != nil {
		t.Fatal(err)
	}
	if got := stands(t, h)["Queue fills up"]; got != "on, built in" {
		t.Errorf("got %q, want it as it came", got)
	}
	var e wire.Error
	if status := ask(t, "DELETE", h.url+"/api/v1/alerts/Queue%20fills%20up", "", "", &e); status != http.StatusConflict || e.Code != "alert_built_in" {
		t.Errorf("got %d %+v, want alert_built_in", status, e)
	}
}

func TestAWebhookThatDoesNotTakeItIsSaidAtTheAlert(t *testing.T) {
	h := startHub(t, nil)
	nobody := httptest.NewServer(http.NotFoundHandler())
	defer nobody.Close()
	if _, err := h.PutAlert(t.Context(), "a", wire.NewAlert{When: "queue", Webhook: nobody.URL + "/secret"}); err != nil {
		t.Fatal(err)
	}
	if got, err := h.TestWebhook(t.Context(), "a"); err != nil || got.OK || got.Error != "it answered 404 Not Found" {
		t.Errorf("got %+v (%v), want its answer", got, err)
	}
	all, err := h.Alerts(t.Context())
	if err != nil || all[len(all)-1].Name != "a" || all[len(all)-1].Hook.Error != "it answered 404 Not Found" {
		t.Errorf("got %+v (%v), want that said at the alert", all, err)
	}
	if _, err := h.TestWebhook(t.Context(), "Queue fills up"); err == nil {
		t.Error("an alert without a webhook was tested")
	}
}

func TestADamagedAlertsFileIsSetAside(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "alerts.json"), []byte(`{"things":[{"name":"a","value":{"when":"moon"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	h := startHub(t, func(c *config.Config) { c.DataDir = dir })
	if got := stands(t, h); got["a"] != "" || got["Queue fills up"] == "" {
		t.Errorf("got %v, want those that every hub has", got)
	}
	if aside, _ := filepath.Glob(filepath.Join(dir, "alerts.json.damaged-*")); len(aside) != 1 {
		t.Errorf("got %v, want the damaged one kept", aside)
	}
}
