package sio_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"emitscope/backend/door/sio"
	"emitscope/backend/fault"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/jsontext"
	"emitscope/backend/msg"
)

// hub is what the door talks to, and the server it is mounted in.
type hub struct {
	*sio.Door
	t      testing.TB
	url    string
	client *http.Client

	mu       sync.Mutex
	drafts   []msg.Draft
	seq      uint64
	refuse   error
	answered bool          // intake says that a rule answers callbacks
	block    chan struct{} // if set, intake waits for it
	blocked  atomic.Int32  // how many calls have come that far
	past     []*msg.Record
	forgot   bool   // that past has not all
	asked    []any  // arguments of the last call of Last
	during   func() // if set, Last calls it, before it looks
	after    func() // if set, Last calls it, when it has looked
	acts     []msg.Act
	reached  []string // limits

	emitting sync.Mutex
	order    atomic.Uint64 // of the newest emission
}

// newHub starts a server with a door in it, which ends with the test. A request
// has the scopes its header "Scopes" names; without one, all. It has shown the key
// that its header "Key" names.
func newHub(t testing.TB, change ...func(*sio.Options)) *hub {
	t.Helper()
	testkit.NoLeaks(t)
	h := &hub{t: t}
	o := sio.Options{
		Intake: h, Recent: h, Keys: h, Audit: h, Log: slog.New(slog.DiscardHandler),
		Reached: func(limit string) { h.set(func() { h.reached = append(h.reached, limit) }) },
	}
	for _, c := range change {
		c(&o)
	}
	h.Door = sio.New(o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scopes := msg.AllScopes
		switch r.Header.Get("Scopes") {
		case "none":
			scopes = 0
		case "view":
			scopes = msg.MayView
		case "publish":
			scopes = msg.MayPublish
		}
		h.ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), msg.Caller{Scopes: scopes, Key: r.Header.Get("Key")})))
	}))
	h.url = server.URL
	h.client = &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		h.Stop(ctx)
		if ctx.Err() != nil {
			t.Error("the door did not stop within 10 s")
		}
		h.client.CloseIdleConnections()
		server.Close()
	})
	return h
}

func (h *hub) Accept(drafts ...msg.Draft) (msg.Receipt, error) {
	if h.block != nil {
		h.blocked.Add(1)
		<-h.block
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuse != nil {
		return msg.Receipt{}, h.refuse
	}
	for _, d := range drafts {
		payload, err := jsontext.Compact(d.Payload)
		if err != nil {
			return msg.Receipt{}, err
		}
		d.Payload = payload
		h.drafts = append(h.drafts, d)
		h.seq++
	}
	return msg.Receipt{Accepted: len(drafts), FirstSeq: h.seq, LastSeq: h.seq, Answered: h.answered}, nil
}

func (h *hub) Since(namespace, _ string, _ []string, order uint64) (past []*msg.Record, upTo uint64, whole bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.past {
		if r.Namespace == namespace && r.Order > order {
			past = append(past, r)
		}
		upTo = r.Order
	}
	return past, upTo, !h.forgot
}

func (h *hub) Last(namespace string, events, rooms []string, n int) ([]*msg.Record, uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = []any{namespace, events, rooms, n}
	if h.during != nil {
		h.during()
	}
	last, taken := []*msg.Record{}, map[string]int{} // counted for each stream
	for _, r := range slices.Backward(h.past) {
		if r.Namespace != namespace || len(events) > 0 && !slices.Contains(events, r.Event) {
			continue
		}
		if taken[r.Event]++; taken[r.Event] <= n {
			last = append(last, r)
		}
	}
	slices.Reverse(last)
	upTo := h.order.Load()
	if h.after != nil {
		h.after()
	}
	return last, upTo
}

// Admit knows two keys. Their names are "the " and the secret.
func (h *hub) Admit(c msg.Caller, key string) (msg.Caller, error) {
	switch key {
	case "viewer":
		c.Scopes |= msg.MayView
	case "publisher":
		c.Scopes |= msg.MayPublish
	default:
		return c, fault.Newf(fault.Unauthorized, "the key is unknown")
	}
	c.Key = "the " + key
	return c, nil
}

func (h *hub) Note(act msg.Act) { h.set(func() { h.acts = append(h.acts, act) }) }

// wantNoted fails unless these were noted since the last call, given as kind, key
// and subject.
func (h *hub) wantNoted(want ...string) {
	h.t.Helper()
	got := []string{}
	testkit.Eventually(h.t, func() bool {
		h.set(func() {
			for _, act := range h.acts {
				if act.Door != msg.DoorSocketIO {
					h.t.Errorf("got %+v, want the door", act)
				}
				got = append(got, fmt.Sprintf("%s %s %s", act.Kind, act.By.Key, act.Subject))
			}
			h.acts = nil
		})
		return len(got) >= len(want)
	}, strings.Join(want, ", "))
	if !slices.Equal(got, want) {
		h.t.Errorf("audit: got %q, want %q", got, want)
	}
}

// wantReached fails unless this limit was reached, once since the last call.
func (h *hub) wantReached(want string) {
	h.t.Helper()
	h.set(func() {
		if len(h.reached) != 1 || h.reached[0] != want {
			h.t.Errorf("limits: got %q, want %s", h.reached, want)
		}
		h.reached = nil
	})
}

// set changes or reads what the door's calls share.
func (h *hub) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// accepted waits for n drafts and returns them.
func (h *hub) accepted(n int) []msg.Draft {
	h.t.Helper()
	var got []msg.Draft
	testkit.Eventually(h.t, func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		got = h.drafts
		return len(got) >= n
	}, "messages in intake")
	return got
}

// message returns a message as intake makes it.
func message(seq uint64, namespace, event, payload string) *msg.Message {
	return &msg.Message{Seq: seq, Namespace: namespace, Event: event, Payload: []byte(payload)}
}

// emit sends m as the emitter does.
func (h *hub) emit(m *msg.Message) int {
	h.emitting.Lock()
	defer h.emitting.Unlock()
	return h.Send(msg.Emission{Message: m, Order: h.order.Add(1)}, nil)
}

// logged is a log that tests can look into.
type logged struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logged) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.out.String(), text)
}
