package rest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/outbox"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

func TestClientsAreAskedForInAnOrderAndByAText(t *testing.T) {
	h := startHub(t)
	list := decode[wire.ClientList](t, h.get("/api/v1/clients?q=AAPL&sort=slowest&limit=1"), http.StatusOK)
	if want := (msg.ClientQuery{Text: "AAPL", Sort: msg.Slowest, Limit: 1}); h.asked != want {
		t.Errorf("got asked for %+v, want %+v", h.asked, want)
	}
	if list.Total != 1 || list.Behind != 1 || list.Clients[0].Standing != "behind" || !slices.Equal(list.Clients[0].Levels, []byte{1, 255}) {
		t.Errorf("got %+v", list)
	}
	h.get("/api/v1/clients")
	if want := (msg.ClientQuery{Sort: msg.OldestFirst, Limit: 1000}); h.asked != want {
		t.Errorf("got asked for %+v, want %+v", h.asked, want)
	}
	for _, wrong := range []string{"sort=fastest", "limit=0", "limit=20001", "limit=x", "order=slowest"} {
		if a := h.get("/api/v1/clients?" + wrong); a.status != http.StatusBadRequest {
			t.Errorf("%s: got %d %s, want 400", wrong, a.status, a.body)
		}
	}
}

func TestTheHistoryOfClientsGoesOnWhereAnAnswerEnded(t *testing.T) {
	h := startHub(t)
	got := decode[wire.ClientHistory](t, h.get("/api/v1/clients/history?step=1s&after=2026-01-02T15:04:05.000000001Z"), http.StatusOK)
	if got.Step != "1s" || got.Times[0] != "2026-01-02T15:04:06.000000001Z" ||
		!slices.Equal(got.Clients, []string{"a", "b"}) || !slices.Equal(got.Counts, []int{2, 1}) || !slices.Equal(got.Levels, []byte{7, 255, 9}) {
		t.Errorf("got %+v", got)
	}
	if got := decode[wire.ClientHistory](t, h.get("/api/v1/clients/history"), http.StatusOK); got.Step != "5s" {
		t.Errorf("got steps of %s, want 5s", got.Step)
	}
	for _, wrong := range []string{"step=2s", "step=x", "after=now"} {
		wantError(t, h.get("/api/v1/clients/history?"+wrong), http.StatusBadRequest, "invalid_parameter")
	}
}

func TestThePolicyOfOneClientIsChanged(t *testing.T) {
	h := startHub(t)
	path := "/api/v1/clients/sio%2F1"
	c := decode[wire.Client](t, h.ask(http.MethodPatch, path, `{"slow_policy":"disconnect"}`), http.StatusOK)
	if c.SlowPolicy != "disconnect" || decode[wire.Client](t, h.get(path), http.StatusOK).SlowPolicy != "disconnect" {
		t.Errorf("got %+v, want the new policy", c)
	}
	wantError(t, h.ask(http.MethodPatch, path, `{"slow_policy":"wait"}`), http.StatusBadRequest, "invalid_setting")
	wantError(t, h.ask(http.MethodPatch, path, `{}`), http.StatusBadRequest, "invalid_setting")
	wantError(t, h.ask(http.MethodPatch, "/api/v1/clients/none", `{"slow_policy":"disconnect"}`), http.StatusNotFound, "not_found")
	wantError(t, h.get("/api/v1/clients/none"), http.StatusNotFound, "not_found")
}

func TestWhyAStreamHasEndedIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		leave func(h *hub, r *reader)
		why   string
	}{
		"it closes":               {func(_ *hub, r *reader) { r.stop() }, "closed"},
		"a person disconnects it": {func(h *hub, _ *reader) { h.door.Disconnect(h.door.Clients()[0].ID) }, "disconnected"},
		"its key is revoked": {func(h *hub, _ *reader) {
			h.door.Expel(func(msg.Caller) bool { return true }, fault.Newf(fault.Unauthorized, "the key was revoked"))
		}, "expelled"},
		"it is too slow": {func(h *hub, _ *reader) {
			h.door.SetSlowPolicy(h.door.Clients()[0].ID, msg.SlowDisconnect)
			h.flood(func() bool { return len(h.door.Clients()) == 0 })
		}, "too_slow"},
	} {
		t.Run(name, func(t *testing.T) {
			h := startHub(t, withOutbox(outbox.Options{MaxFrames: 16}))
			r := h.listen(t, "?namespace=/ws")
			c.leave(h, r)
			var list wire.DepartureList
			testkit.Eventually(t, func() bool {
				list = decode[wire.DepartureList](t, h.get("/api/v1/clients/left"), http.StatusOK)
				return list.Total > 0
			}, "the client to have left")
			d := list.Departures[0]
			if d.Why != c.why || d.Client.Transport != "sse" || !strings.HasPrefix(d.Client.Address, "127.0.0.1:") {
				t.Errorf("got %+v, want %s", d, c.why)
			}
			if at, err := time.Parse(time.RFC3339Nano, d.Time); err != nil || time.Since(at) > time.Minute {
				t.Errorf("got it at %v, %v, want just now", d.Time, err)
			}
		})
	}
}
