package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

func TestMessagesComeAsLinesOldestFirst(t *testing.T) {
	h := startHub(t)
	for seq := range uint64(5) {
		h.emit(seq+1, "/ws", "tick", `"<&> 9007199254740993"`)
	}
	h.emit(6, "/other", "tick", `1`)
	for path, want := range map[string]string{
		"?format=ndjson":                     "1 2 3 4 5 6",
		"?format=ndjson&q=ns:/ws":            "1 2 3 4 5",
		"?format=ndjson&q=ns:/ws&limit=2":    "4 5",
		"?format=ndjson&q=ns:/ws&limit=5000": "1 2 3 4 5",
		"?format=ndjson&q=ns:/none":          "",
	} {
		a := h.get("/api/v1/messages" + path)
		var seqs []string
		for line := range strings.Lines(a.body) {
			var m wire.Message
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				t.Fatalf("%s: %v in %s", path, err, line)
			}
			if m.Seq < 6 && !strings.Contains(line, `"data":"<&> 9007199254740993"`) {
				t.Errorf("%s: payload is not byte for byte in %s", path, line)
			}
			seqs = append(seqs, fmt.Sprint(m.Seq))
		}
		if got := strings.Join(seqs, " "); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		if got := a.header.Get("Content-Type"); got != "application/x-ndjson" {
			t.Errorf("%s: got Content-Type %q", path, got)
		}
	}
}

func TestLinesHaveNoPages(t *testing.T) {
	h := startHub(t)
	for _, more := range []string{"&before=3", "&highlight=x", "&limit=-1", "&limit=x"} {
		wantError(t, h.get("/api/v1/messages?format=ndjson"+more), http.StatusBadRequest, "invalid_parameter")
	}
	wantError(t, h.get("/api/v1/messages?format=csv"), http.StatusBadRequest, "invalid_parameter")
}

// endless is a hub that keeps more than anybody reads.
type endless struct {
	*world
	shown atomic.Int64
	ended chan struct{}
}

func (e *endless) Walk(_ query.Filter, _ int, see func(*msg.Record) bool) {
	defer close(e.ended)
	large := []byte(`"` + strings.Repeat("x", 64<<10) + `"`)
	for see(&msg.Record{Message: &msg.Message{Seq: 1, Namespace: "/ws", Event: "tick", Payload: large}, Outcome: msg.Emitted}) {
		e.shown.Add(1)
	}
}

func TestLinesEndWhenTheClientGoes(t *testing.T) {
	var all *endless
	h := startHub(t, func(o *rest.Options) {
		all = &endless{world: o.Recent.(*world), ended: make(chan struct{})}
		o.Recent = all
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+"/api/v1/messages?format=ndjson", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.CopyN(io.Discard, res.Body, 1<<20); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-all.ended // or the test never ends
}
