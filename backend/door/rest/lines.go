package rest

import (
	"bufio"
	"net/http"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// lines writes one message a line to a client that may read slowly.
type lines struct {
	w   http.ResponseWriter
	ctl *http.ResponseController
}

// Write blocks while the client takes nothing, up to maxStall.
func (l lines) Write(some []byte) (int, error) {
	_ = l.ctl.SetWriteDeadline(time.Now().Add(maxStall))
	return l.w.Write(some)
}

// sendLines writes what the hub keeps and f selects as NDJSON, oldest first: all of
// it, or with a limit the newest so many. One message at a time is held encoded,
// and nothing more is looked at once the client is gone.
func (d *Door) sendLines(w http.ResponseWriter, r *http.Request, f query.Filter, limit int) error {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", linesType)
	h.Set("Content-Disposition", `attachment; filename="messages.ndjson"`)
	if r.Method == http.MethodHead {
		return nil
	}
	to := lines{w, http.NewResponseController(w)}
	out := bufio.NewWriterSize(to, 32<<10)
	d.o.Recent.Walk(f, limit, func(rec *msg.Record) bool {
		one, err := replyOf(http.StatusOK, wire.MessageOf(rec, false))
		if err == nil {
			_, err = out.Write(one.body)
		}
		return err == nil && r.Context().Err() == nil
	})
	_ = out.Flush()                          // whom it does not reach is gone
	_ = to.ctl.SetWriteDeadline(time.Time{}) // the connection may be used again
	return nil
}
