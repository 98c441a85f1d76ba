package rest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// clients are the sockets of all doors, this one included, and what watching them
// has shown.
type clients interface {
	List(q msg.ClientQuery) msg.ClientPage
	One(id string) (msg.ListedClient, bool)
	History(step time.Duration, after time.Time) msg.Levels
	Left() (list []msg.Departure, total uint64)
	Addressee(id, namespace string) (to msg.Addressee, ok bool)
	Disconnect(id string) bool
	SetSlowPolicy(id string, p msg.SlowPolicy) bool
}

// How many clients an answer has at most, and where nothing is said.
const (
	clientsMost    = 20_000
	clientsDefault = 1000
)

// clientSorts returns the orders of clients, the one that holds when none is asked
// for first.
func clientSorts() []string {
	return []string{string(msg.OldestFirst), string(msg.NewestFirst), string(msg.Slowest), string(msg.ByAddress)}
}

// getClients returns connected sockets.
func (d *Door) getClients(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	limit, err := countParam(r, "limit", clientsDefault, 1, clientsMost)
	if err != nil {
		return err
	}
	sorts := clientSorts()
	sort := cmp.Or(q.Get("sort"), sorts[0])
	if !slices.Contains(sorts, sort) {
		return badParam("sort", sort).WithHint("it is %s", strings.Join(sorts, " or "))
	}
	d.sendJSON(w, r, wire.ClientListOf(d.o.Clients.List(msg.ClientQuery{Text: q.Get("q"), Sort: msg.ClientSort(sort), Limit: limit})))
	return nil
}

// getClient returns one connected socket.
func (d *Door) getClient(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	c, ok := d.o.Clients.One(id)
	if !ok {
		return noClient(id)
	}
	d.sendJSON(w, r, wire.ClientOf(c))
	return nil
}

// getClientHistory returns how full the outboxes were.
func (d *Door) getClientHistory(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	step := cmp.Or(q.Get("step"), "5s")
	length, err := time.ParseDuration(step)
	if err != nil || length != time.Second && length != 5*time.Second {
		return badParam("step", step).WithHint("it is 1s or 5s")
	}
	var after time.Time
	if text := q.Get("after"); text != "" {
		if after, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return badParam("after", text).WithHint("it is one of the times of an answer")
		}
	}
	d.sendJSON(w, r, wire.ClientHistoryOf(d.o.Clients.History(length, after)))
	return nil
}

// getClientsLeft returns who has left last.
func (d *Door) getClientsLeft(w http.ResponseWriter, r *http.Request) error {
	d.sendJSON(w, r, wire.DeparturesOf(d.o.Clients.Left()))
	return nil
}

// patchClient changes what happens when one client is slow.
func (d *Door) patchClient(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	var body wire.ClientPatch
	if err := d.readJSON(w, r, &body); err != nil {
		return err
	}
	policy, err := body.Policy()
	if err != nil {
		return err
	}
	if !d.o.Clients.SetSlowPolicy(id, policy) {
		return noClient(id)
	}
	d.note(r, msg.ClientChanged, id)
	c, ok := d.o.Clients.One(id)
	if !ok { // it has left this moment
		return noClient(id)
	}
	d.sendJSON(w, r, wire.ClientOf(c))
	return nil
}

// deleteClient disconnects one socket.
func (d *Door) deleteClient(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if !d.o.Clients.Disconnect(id) {
		return noClient(id)
	}
	d.note(r, msg.ClientDisconnected, id)
	reply{status: http.StatusNoContent}.send(w)
	return nil
}

func noClient(id string) error {
	return fault.Newf(fault.NotFound, "there is no client %q", fault.Clip(id)).WithHint("GET /api/v1/clients lists them")
}
