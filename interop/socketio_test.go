package interop

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"emitscope/backend/door/wire"
)

// everyClient runs a test with each language over each transport.
func everyClient(t *testing.T, test func(t *testing.T, language, transport string)) {
	for language := range languages {
		for transport := range transports {
			t.Run(language+"/"+transport, func(t *testing.T) {
				t.Parallel()
				test(t, language, transport)
			})
		}
	}
}

func TestWhatIsPublishedArrivesOnceAndInOrder(t *testing.T) {
	h := startHub(t, "--eio3")
	everyClient(t, func(t *testing.T, language, transport string) {
		ns := "/order/" + language + "/" + transport
		p := startPeer(t, language)
		p.connect(h.url, ns, transport, nil)
		const n = 300
		var want []string
		batch := make([]wire.Publish, n)
		for i := range batch {
			data := fmt.Sprintf(`{"i":%d,"text":"<é \"\u2028> \\ 😀","nested":[[null,true,-1.5e-7]]}`, i)
			want = append(want, compactJSON(json.RawMessage(data)))
			batch[i] = wire.Publish{Namespace: ns, Event: "tick", Data: json.RawMessage(data)}
		}
		if _, err := h.client(t).Publish(t.Context(), batch...); err != nil {
			t.Fatal(err)
		}
		got := p.events("tick", n)
		if language == "python" {
			byNumber(got)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("event %d: got %s, want %s", i, got[i], want[i])
			}
		}
		if len(got) != n {
			t.Errorf("got %d events, want %d", len(got), n)
		}
	})
}

func TestPublishIsAckedWithItsNumberAndArrivesAtOthers(t *testing.T) {
	h := startHub(t, "--eio3")
	everyClient(t, func(t *testing.T, language, transport string) {
		ns := "/publish/" + language + "/" + transport
		producer, subscriber := startPeer(t, language), startPeer(t, language)
		producer.connect(h.url, ns, transport, nil)
		subscriber.connect(h.url, ns, transport, nil)
		ack := producer.ask("publish", map[string]any{"event": "tick", "data": map[string]any{"price": 231.42}})
		var a wire.Ack
		if err := json.Unmarshal([]byte(ack), &a); err != nil || !a.OK || a.Seq == 0 {
			t.Errorf("got ack %s, want ok with a number", ack)
		}
		if got := subscriber.events("tick", 1)[0]; got != `{"price":231.42}` {
			t.Errorf(`got %s, want {"price":231.42}`, got)
		}
		if ack := producer.ask("publish", map[string]any{"evnt": "tick"}); !strings.Contains(ack, `"ok":false`) || !strings.Contains(ack, "evnt") {
			t.Errorf("got ack %s, want a refusal that names the unknown field", ack)
		}
	})
}

func TestMessageOnWSIsAnsweredWithMessageBack(t *testing.T) {
	h := startHub(t, "--eio3")
	everyClient(t, func(t *testing.T, language, transport string) {
		asking, other := startPeer(t, language), startPeer(t, language)
		asking.connect(h.url, "/ws", transport, nil)
		other.connect(h.url, "/ws", transport, nil)
		if ack := asking.ask("message", map[string]any{"hello": 1}); !strings.Contains(ack, `"ok":true`) {
			t.Errorf("got ack %s, want ok", ack)
		}
		if got := asking.events("message_back", 1)[0]; got != `{"result":"OK"}` {
			t.Errorf(`got %s, want {"result":"OK"}`, got)
		}
		if got := other.events("message_back", 0); len(got) != 0 {
			t.Errorf("another socket got the answer: %v", got)
		}
	})
}

func TestAMessageToARoomReachesOnlyItsMembers(t *testing.T) {
	h := startHub(t, "--eio3")
	everyClient(t, func(t *testing.T, language, transport string) {
		ns := "/rooms/" + language + "/" + transport
		in, out := startPeer(t, language), startPeer(t, language)
		in.connect(h.url, ns, transport, nil)
		out.connect(h.url, ns, transport, nil)
		if ack := in.ask("join", "AAPL"); !strings.Contains(ack, `"ok":true`) {
			t.Fatalf("join: got ack %s, want ok", ack)
		}
		publish := func(data string, rooms ...string) {
			t.Helper()
			if _, err := h.client(t).Publish(t.Context(), wire.Publish{Namespace: ns, Event: "e", Data: json.RawMessage(data), Rooms: rooms}); err != nil {
				t.Fatal(err)
			}
		}
		publish(`1`, "AAPL")
		in.events("e", 1)
		publish(`2`)
		if got := in.events("e", 2); got[0] != "1" || got[1] != "2" {
			t.Errorf("the member got %v, want [1 2]", got)
		}
		if got := out.events("e", 1); len(got) != 1 || got[0] != "2" {
			t.Errorf("the other got %v, want [2]", got)
		}
		if ack := in.ask("leave", "AAPL"); !strings.Contains(ack, `"ok":true`) {
			t.Fatalf("leave: got ack %s, want ok", ack)
		}
		publish(`3`, "AAPL")
		publish(`4`)
		if got := in.events("e", 3); got[2] != "4" {
			t.Errorf("after leaving it got %v, want [1 2 4]", got)
		}
	})
}

func TestBinaryArgumentsPassUntouched(t *testing.T) {
	h := startHub(t, "--eio3")
	relay := true
	everyClient(t, func(t *testing.T, language, transport string) {
		ns := "/binary/" + language + "/" + transport
		if _, err := h.client(t).PatchLane(t.Context(), ns, wire.LanePatch{Relay: &relay}); err != nil {
			t.Fatal(err)
		}
		from, to := startPeer(t, language), startPeer(t, language)
		from.connect(h.url, ns, transport, nil)
		to.connect(h.url, ns, transport, nil)
		blob := map[string]any{"$base64": "AAEC/w=="}
		from.emit("blob", blob, map[string]any{"inside": blob, "n": 1})
		if got, want := to.events("blob", 1)[0], `{"$base64":"AAEC/w=="} {"inside":{"$base64":"AAEC/w=="},"n":1}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestALateJoinerGetsTheLastMessages(t *testing.T) {
	h := startHub(t, "--eio3")
	everyClient(t, func(t *testing.T, language, transport string) {
		ns := "/last/" + language + "/" + transport
		c := h.client(t)
		for i := range 5 {
			if _, err := c.Publish(t.Context(), wire.Publish{Namespace: ns, Event: "e", Data: json.RawMessage(fmt.Sprint(i))}); err != nil {
				t.Fatal(err)
			}
		}
		waitUntil(t, "all five are emitted", func() bool {
			s, err := c.Stats(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range s.Lanes {
				if l.Namespace == ns {
					return l.Counters.Emitted == 5
				}
			}
			return false
		})
		p := startPeer(t, language)
		p.connect(h.url, ns, transport, map[string]any{"last": 3})
		got := p.events("e", 3)
		if language == "python" {
			byNumber(got)
		}
		if strings.Join(got, " ") != "2 3 4" {
			t.Errorf("got %v, want [2 3 4]", got)
		}
	})
}

func TestAnInvalidNamespaceIsRefusedWithAWord(t *testing.T) {
	h := startHub(t, "--eio3")
	for language := range languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			p := startPeer(t, language)
			p.tell(map[string]any{"op": "connect", "url": h.url, "namespace": "/" + strings.Repeat("x", 200), "transports": []string{"websocket"}})
			p.await("refusals", 1, func(h happening) bool { return h.Type == "connect_error" })
		})
	}
}

// byNumber puts events back in their order. python-socketio hands each event to
// a thread of its own, so the order in which a handler sees them says nothing.
func byNumber(events []string) {
	slices.SortStableFunc(events, func(a, b string) int { return numberIn(a) - numberIn(b) })
}

func numberIn(event string) int {
	var e struct{ I int }
	if json.Unmarshal([]byte(event), &e) != nil {
		_ = json.Unmarshal([]byte(event), &e.I) // the event is the number
	}
	return e.I
}

// waitUntil returns when the condition holds.
func waitUntil(t testing.TB, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
