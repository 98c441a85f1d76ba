package rest

import (
	"bufio"
	"context"
	"net/http"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
	"emitscope/backend/query"
)

// lines writes one message a line to a client that may read slowly. Each of its
// methods blocks while the client takes nothing, up to maxStall.
type lines struct {
	w    http.ResponseWriter
	ctl  *http.ResponseController
	over <-chan struct{} // closed: nothing more is written
}

func newLines(w http.ResponseWriter, over <-chan struct{}) lines {
	return lines{w, http.NewResponseController(w), over}
}

func (l lines) Write(some []byte) (int, error) {
	if err := l.renew(); err != nil {
		return 0, err
	}
	return l.w.Write(some)
}

func (l lines) flush() error {
	if err := l.renew(); err != nil {
		return err
	}
	return l.ctl.Flush()
}

// renew gives the client time again. Whether it is over is looked at after that:
// cut does it the other way round.
func (l lines) renew() error {
	_ = l.ctl.SetWriteDeadline(time.Now().Add(maxStall))
	if l.isOver() {
		return context.Canceled
	}
	return nil
}

// end leaves the connection as it was found, unless it was cut.
func (l lines) end() {
	if !l.isOver() {
		_ = l.ctl.SetWriteDeadline(time.Time{})
	}
}

func (l lines) isOver() bool {
	select {
	case <-l.over:
		return true
	default:
		return false
	}
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
	to := newLines(w, r.Context().Done())
	defer to.end()
	out := bufio.NewWriterSize(to, 32<<10)
	lines := jsonTo(out)
	d.o.Recent.Walk(f, limit, func(rec *msg.Record) bool {
		return lines.Encode(wire.MessageOf(rec, false)) == nil && r.Context().Err() == nil
	})
	_ = out.Flush() // whom it does not reach is gone
	return nil
}
