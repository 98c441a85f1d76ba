package rest_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// attic is what the hub keeps, made up.
type attic struct {
	mu     sync.Mutex
	by     []msg.Caller // who cleared or erased
	broken bool         // the backup breaks off
}

func (*attic) About() msg.About {
	return msg.About{Version: "1.2.3", DataDir: "/data", Files: []msg.KeptFile{{Name: "keys.json", Bytes: 3, Kind: msg.FileKeys}}}
}

func (a *attic) Backup(_ msg.Caller, to io.Writer) error {
	if _, err := io.WriteString(to, strings.Repeat("zip", 10_000)); err != nil {
		return err
	}
	if a.broken {
		return errors.New("the disk is gone")
	}
	return nil
}

func (a *attic) Clear(by msg.Caller) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.by = append(a.by, by)
	return 7
}

func (a *attic) Erase(by msg.Caller) (msg.Erased, error) {
	return msg.Erased{Messages: a.Clear(by), Keys: 2, Lanes: 1}, nil
}

func (a *attic) done() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.by)
}

func TestOnlyAnAdministratorSeesAndDeletesWhatTheHubKeeps(t *testing.T) {
	h := startHub(t)
	h.scopes = msg.MayView | msg.MayPublish
	for _, to := range []struct{ method, path string }{
		{"GET", "/api/v1/about"}, {"GET", "/api/v1/backup"}, {"DELETE", "/api/v1/messages"}, {"DELETE", "/api/v1/data?confirm=everything"},
		{"DELETE", "/api/v1/lanes/%2Fws"},
	} {
		wantError(t, h.do(to.method, to.path, nil), http.StatusForbidden, "forbidden")
	}
	if n := h.attic.done(); n != 0 {
		t.Errorf("%d things were deleted, want none", n)
	}
}

func TestDataIsDeletedOnlyByWhoSaysThatItIsMeant(t *testing.T) {
	h := startHub(t)
	for _, query := range []string{"", "?confirm=", "?confirm=yes", "?confirm=Everything"} {
		if e := wantError(t, h.do("DELETE", "/api/v1/data"+query, nil), http.StatusBadRequest, "invalid_parameter"); !strings.Contains(e.Hint, "confirm=everything") {
			t.Errorf("%q: got the hint %q, want what to write", query, e.Hint)
		}
	}
	if n := h.attic.done(); n != 0 {
		t.Fatalf("data was deleted %d times, want not at all", n)
	}
	h.key = "ops"
	got := decode[wire.Erased](t, h.do("DELETE", "/api/v1/data?confirm=everything", nil), http.StatusOK)
	if want := (wire.Erased{Messages: 7, Keys: 2, Lanes: 1}); got != want || h.attic.by[0].Key != "ops" {
		t.Errorf("got %+v by %+v, want %+v by ops", got, h.attic.by, want)
	}
}

func TestRecentMessagesAreForgottenWhenAsked(t *testing.T) {
	h := startHub(t)
	if got := decode[wire.Cleared](t, h.do("DELETE", "/api/v1/messages", nil), http.StatusOK); got.Messages != 7 {
		t.Errorf("got %+v, want 7 messages", got)
	}
}

func TestABackupIsAFileToKeep(t *testing.T) {
	h := startHub(t)
	a := h.get("/api/v1/backup")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/zip" || len(a.body) != 30_000 {
		t.Errorf("got %d, %s, %d bytes", a.status, a.header.Get("Content-Type"), len(a.body))
	}
	if name := a.header.Get("Content-Disposition"); !strings.HasPrefix(name, `attachment; filename="emitscope-2`) || !strings.HasSuffix(name, `.zip"`) {
		t.Errorf("got %q, want a file's name", name)
	}
}

func TestABackupThatBreaksOffLooksBroken(t *testing.T) {
	h := startHub(t)
	h.attic.broken = true
	res, err := http.Get(h.url + "/api/v1/backup")
	if err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	if err == nil {
		t.Error("the answer ended well, want an error")
	}
}

func TestALaneIsResetAndTheAuditKnows(t *testing.T) {
	h := startHub(t)
	h.ask("PATCH", "/api/v1/lanes/%2Fws", `{"interval":"20ms"}`)
	got := decode[wire.Lane](t, h.do("DELETE", "/api/v1/lanes/%2Fws", nil), http.StatusOK)
	if got.Interval != "" && got.Interval != "0s" {
		t.Errorf("got interval %q, want none", got.Interval)
	}
	wantError(t, h.do("DELETE", "/api/v1/lanes/%2Fnone", nil), http.StatusNotFound, "not_found")
	acts := h.gate.noted()
	if last := acts[len(acts)-1]; last.Kind != msg.LaneReset || last.Subject != "/ws" {
		t.Errorf("got %+v, want the reset of /ws", last)
	}
}

// Reset is a lane's, beside Patch.
func (w *world) Reset(namespace string) (msg.LaneState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l, ok := w.lanes[namespace]
	if !ok {
		return l, fault.Newf(fault.NotFound, "there is no lane %s", namespace)
	}
	l.Settings, l.Configured = msg.DefaultLaneSettings(), false
	w.lanes[namespace] = l
	return l, nil
}
