package serve

import (
	"net/http"
	"time"

	"emitscope/backend/door/sio"
	"emitscope/backend/door/ws"
	"emitscope/backend/msg"
)

// emitscope is Emitscope's fan-out without the hub around it: the Socket.IO door
// and the native one, asked directly, as the others here ask theirs.
type emitscope struct {
	socketIO *sio.Door
	native   *ws.Door
	seq      uint64
}

func newEmitscope(mux *http.ServeMux) *emitscope {
	e := &emitscope{
		socketIO: sio.New(sio.Options{Intake: nothing{}, Recent: nothing{}, Keys: nothing{}}),
		native:   ws.New(ws.Options{Intake: nothing{}, Recent: nothing{}, Keys: nothing{}}),
	}
	mux.Handle("/socket.io/", trust(e.socketIO))
	mux.Handle("/websocket", trust(e.native.Socket()))
	return e
}

// Broadcast implements broadcaster.
func (e *emitscope) Broadcast(due time.Time, size int) {
	e.seq++
	m := &msg.Message{Seq: e.seq, Namespace: Namespace, Event: Event, Payload: payload(due, size)}
	out := msg.Emission{Message: m, At: time.Now(), Order: e.seq}
	e.socketIO.Send(out, alone)
	e.native.Send(out, alone)
}

// alone is called where a hub would look whether another lane is due.
func alone() {}

// trust lets everybody view, as the guard does for programs on this machine.
func trust(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: msg.MayView})))
	})
}

// nothing is the rest of the hub, which is not there.
type nothing struct{}

func (nothing) Accept(...msg.Draft) (msg.Receipt, error)                     { return msg.Receipt{}, nil }
func (nothing) Last(string, []string, []string, int) ([]*msg.Record, uint64) { return nil, 0 }
func (nothing) Since(string, string, []string, uint64) ([]*msg.Record, uint64, bool) {
	return nil, 0, false
}
func (nothing) Admit(c msg.Caller, _ string) (msg.Caller, error) { return c, nil }
