package interop

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
)

// A hub that may open no more files still serves those it has, says why nobody else
// comes in, and takes them once there is room.
func TestAHubWithoutFilesServesThoseItHasAndTakesOthersAgainLater(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no limit of this kind")
	}
	const files = 100
	h := startHubBy(t, []string{"sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$@"`, files), "sh", program})
	const ns, shortage = "/files", "No new connections"
	raw, node := dial(t, h), startPeer(t, "node")
	raw.subscribe(ns)
	node.connect(h.url, ns, "websocket", nil) // who polls makes a new connection now and then
	if _, err := h.client(t).StartRecording(t.Context(), wire.NewRecording{Name: "short of files"}); err != nil {
		t.Fatal(err)
	}
	publish := func(id int) {
		t.Helper()
		raw.send(`{"type":"publish","id":%d,"namespace":%q,"event":"e","data":%d}`, id, ns, id)
		raw.await("ack", id)
		if got := raw.events(id)[id-1]; got != fmt.Sprint(id) {
			t.Errorf("event %d: got %s", id, got)
		}
		if got := node.events("e", id)[id-1]; got != fmt.Sprint(id) {
			t.Errorf("event %d by Socket.IO: got %s", id, got)
		}
	}
	publish(1)
	var held []net.Conn
	for range 2 * files {
		held = append(held, dialTCP(t, h))
	}
	h.out.waitFor(t, func(line string) bool { return strings.Contains(line, shortage) })
	for id := 2; id < 20; id++ {
		publish(id)
	}
	for _, conn := range held {
		_ = conn.Close()
	}
	untilThereIsRoom(t, h)
	publish(20)
	other := dial(t, h)
	other.subscribe(ns)
	publish(21)
	other.events(1)
	if lines := strings.Count(h.out.String(), shortage); lines > 2 { // it may be a minute later
		t.Errorf("%d lines say that there are no files, want one a minute", lines)
	}
	one, err := h.client(t).StopRecording(t.Context(), "short of files")
	if err != nil || one.Messages+one.Dropped != 21 || one.Dropped != 0 {
		t.Errorf("%v: %d are recorded and %d missing, want all 21", err, one.Messages, one.Dropped)
	}
	if got := ask(t, http.DefaultClient, "GET", h.url+"/readyz", "", nil); got.status != http.StatusOK {
		t.Errorf("/readyz: got %d %s", got.status, got.body)
	}
}
