package client_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
	"emitscope/backend/fault"
)

// hub returns a client of a hub that answers everything like this.
func hub(t *testing.T, status int, body string) *client.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestPublishTellsWhatWasTakenBeforeTheRefusal(t *testing.T) {
	c := hub(t, http.StatusTooManyRequests,
		`{"code":"queue_full","message":"the lane is full","hint":"wait","accepted":2,"index":2,"first_seq":7,"last_seq":8}`)
	got, err := c.Publish(t.Context(), wire.Publish{Event: "a"}, wire.Publish{Event: "b"}, wire.Publish{Event: "c"})
	if f := fault.From(err); !errors.Is(err, fault.Full) || f.Code != "queue_full" || f.Message != "the lane is full" || f.Hint != "wait" {
		t.Errorf("got error %#v, want what the hub said", err)
	}
	if diff := cmp.Diff(wire.Accepted{Accepted: 2, FirstSeq: 7, LastSeq: 8}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPublishReturnsTheHubsAnswer(t *testing.T) {
	c := hub(t, http.StatusAccepted, `{"accepted":1,"dropped":0,"first_seq":7,"last_seq":7,"queue_depth":{"/ws":1}}`)
	got, err := c.Publish(t.Context(), wire.Publish{Event: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wire.Accepted{Accepted: 1, FirstSeq: 7, LastSeq: 7, QueueDepth: map[string]int{"/ws": 1}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARefusalThatIsNotTheHubsOwnNamesTheStatus(t *testing.T) {
	_, err := hub(t, http.StatusBadGateway, "<html>").Publish(t.Context(), wire.Publish{Event: "a"})
	if !errors.Is(err, fault.Internal) || err.Error() != "the hub answered 502 Bad Gateway" {
		t.Errorf("got %v, want the status", err)
	}
}

func TestTheEndOfAWatchSaysWhetherTheHubStoppedOrTheConnectionIsLost(t *testing.T) {
	for body, want := range map[string]struct {
		stopping bool
		words    string
	}{
		"event: stopping\ndata: {}\n\nid: 1\ndata: 1\n\n": {true, "stopped"},
		"id: 1\ndata: 1\n\n":                              {false, "is lost"},
	} {
		seen := 0
		err := hub(t, http.StatusOK, body).Watch(t.Context(), client.Watched{}, func([]byte) error {
			seen++
			return nil
		})
		if errors.Is(err, fault.Stopping) != want.stopping || err == nil || !strings.HasSuffix(err.Error(), want.words) || seen != 1 {
			t.Errorf("%q: got %d messages and %v, want 1 and %q", body, seen, err, want.words)
		}
	}
}
