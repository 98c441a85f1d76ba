package interop

import (
	"fmt"
	"strings"
	"testing"
)

func TestAClientWhoseConnectionBrokeIsRecovered(t *testing.T) {
	h := startHub(t, configured(t, "recovery = \"1m\"\neio3 = true\n")...)
	for transport := range transports {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			ns := "/recovered/" + transport
			p, old := startPeer(t, "node"), startPeer(t, "node2")
			for _, one := range []*peer{p, old} {
				one.tell(map[string]any{"op": "connect", "url": h.url, "namespace": ns, "transports": transports[transport], "again": true})
				one.await("connections", 1, isConnected)
			}
			if ack := p.ask("join", "a"); !strings.Contains(ack, `"ok":true`) {
				t.Fatalf("join: got %s", ack)
			}
			n := 0
			publish := func(times int) {
				for range times {
					n++
					publishTo(t, h, ns, fmt.Sprint(n), "a")
					n++
					publishTo(t, h, ns, fmt.Sprint(n))
				}
			}
			for range 3 {
				publish(2)
				p.events("e", n)
				p.tell(map[string]any{"op": "cut"})
				publish(20)
			}
			p.events("e", n)
			publish(1)
			for i, got := range p.events("e", n) {
				if want := fmt.Sprint(i + 1); got != want && !strings.HasPrefix(got, want+` "#`) {
					t.Fatalf("event %d: got %s: missed, twice, or out of order", i+1, got)
				}
			}
			all := p.await("connections", 4, isConnected)
			for i, c := range all {
				if string(c.ID) != string(all[0].ID) || c.Recovered != (i > 0) {
					t.Errorf("connection %d: id %s, recovered %v; want %s, %v", i, c.ID, c.Recovered, all[0].ID, i > 0)
				}
			}
			for _, got := range old.events("e", n/2) {
				if strings.Contains(got, "#") {
					t.Errorf("a client of version 2 got %s, want its data alone", got)
				}
			}
		})
	}
}
