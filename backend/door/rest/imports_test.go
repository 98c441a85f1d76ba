package rest_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

func TestAFileBecomesARecording(t *testing.T) {
	h := startRecorded(t)
	exported := h.get(recordingPath + "/export").body
	got := decode[wire.Recording](t, h.bring("?name=again", exported), http.StatusCreated)
	if got.Name != "again" || got.Messages != 3 || len(h.drawer.records) != 3 {
		t.Errorf("got %+v", got)
	}
	if again := h.get(recordingPath + "/export").body; again != exported {
		t.Errorf("exported again it is\n%s\nand was\n%s", again, exported)
	}
	table := h.get(recordingPath + "/export?format=csv").body
	decode[wire.Recording](t, h.bring("?name=table", table), http.StatusCreated)
	if again := h.get(recordingPath + "/export").body; again != exported {
		t.Errorf("by way of a table it is\n%s\nand was\n%s", again, exported)
	}
	if got := decode[wire.Recording](t, h.bring("?name=own", "SQLite format 3\x00rest"), http.StatusCreated); got.FileBytes != 20 {
		t.Errorf("a file of our own: got %+v", got)
	}
	decode[wire.Recording](t, h.bring("?name=rows&event=row&namespace=/lab&format=csv", "a\n1\n"), http.StatusCreated)
	if rec := h.drawer.records[0]; rec.Namespace != "/lab" || rec.Event != "row" || string(rec.Payload) != `{"a":1}` {
		t.Errorf("a row became %+v", rec)
	}
	for _, a := range h.gate.acts {
		if a.Kind != msg.RecordingImported {
			t.Errorf("noted %v", a)
		}
	}
	if len(h.gate.acts) != 4 {
		t.Errorf("noted %d imports, want 4", len(h.gate.acts))
	}
}

// bring sends a file to be imported.
func (h *hub) bring(query, file string) answer {
	h.t.Helper()
	return h.ask(http.MethodPost, "/api/v1/imports"+query, file, "Content-Type", "application/octet-stream")
}

func TestAFileThatMakesNoSenseIsRefused(t *testing.T) {
	h := startRecorded(t)
	for query, code := range map[string]string{
		"": "invalid_name", "?name=..": "invalid_name", "?name=a&format=xml": "invalid_parameter", "?name=a&format=emitscope&event=x": "invalid_parameter", "?name=a": "invalid_import",
	} {
		wantError(t, h.bring(query, "{oops\n"), http.StatusBadRequest, code)
	}
	wantError(t, h.ask(http.MethodPost, "/api/v1/imports?name=a", "{}"), http.StatusBadRequest, "invalid_import")
	// What a page of any origin may send.
	wantError(t, h.ask(http.MethodPost, "/api/v1/imports?name=a", "{}", "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type")
	if len(h.drawer.all) != 1 {
		t.Errorf("there are %d recordings", len(h.drawer.all))
	}
}

func TestAFileThatBreaksOffIsNoRecording(t *testing.T) {
	h := startRecorded(t)
	ctx, cancel := context.WithCancel(t.Context())
	body, file := io.Pipe()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+"/api/v1/imports?name=a", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	done := make(chan error, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			err = res.Body.Close()
		}
		done <- err
	}()
	if _, err := io.WriteString(file, `{"event":"a","data":1}`+"\n"); err != nil {
		t.Fatal(err)
	}
	cancel()
	_ = file.CloseWithError(context.Canceled) // the client waits for who reads the file
	if err := <-done; err == nil {
		t.Error("it was answered")
	}
	h.door.Stop(t.Context()) // once nobody reads it any more
	if len(h.drawer.all) != 1 {
		t.Errorf("there are %d recordings, want the one that was there", len(h.drawer.all))
	}
}
