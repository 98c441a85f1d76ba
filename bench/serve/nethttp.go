package serve

import (
	"io"
	"net/http"
	"time"
)

func (nobody) Broadcast(time.Time, int) {}

// takeIn is the least that can be done with a message over HTTP: it reads the
// body and says that it has it. A JSON answer of the same size as the hub's.
func takeIn(w http.ResponseWriter, r *http.Request) {
	if _, err := io.ReadAll(io.LimitReader(r.Body, 1<<20)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"accepted":1,"dropped":0,"first_seq":1000000,"last_seq":1000000,"queue_depth":{"/intake":0}}`+"\n")
}
