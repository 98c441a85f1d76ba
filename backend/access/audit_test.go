package access_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"emitscope/backend/access"
	"emitscope/backend/msg"
)

func quiet() *access.Audit { return access.NewAudit(slog.New(slog.DiscardHandler)) }

func laneChanged(name string) msg.Act {
	return msg.Act{Kind: msg.LaneChanged, By: at("192.0.2.7"), Door: msg.DoorREST, Subject: name}
}

func TestTheAuditKeepsTheNewest1000(t *testing.T) {
	a := quiet()
	for i := range 2500 {
		a.Note(laneChanged(fmt.Sprintf("/%d", i+1)))
	}
	page := a.Page(0, 5000)
	if len(page) != 1000 || page[0].Subject != "/2500" || page[999].Subject != "/1501" {
		t.Errorf("got %d entries, want 1000 from /2500 to /1501", len(page))
	}
}

func TestTheAuditIsReadPageByPageNewestFirst(t *testing.T) {
	a := quiet()
	for i := range 5 {
		a.Note(laneChanged(fmt.Sprintf("/%d", i+1)))
	}
	var got []string
	for before := uint64(0); ; {
		page := a.Page(before, 2)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, e.Subject)
			before = e.ID
		}
	}
	if diff := cmp.Diff([]string{"/5", "/4", "/3", "/2", "/1"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestActsThatAreAlikeWithinAMinuteAreOneEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := quiet()
		first := time.Now()
		a.Note(laneChanged("/a"))
		a.Note(laneChanged("/b"))
		time.Sleep(59 * time.Second)
		last := time.Now()
		a.Note(laneChanged("/a"))
		time.Sleep(time.Second)
		a.Note(laneChanged("/a"))
		want := []msg.AuditEntry{
			{Act: laneChanged("/a"), ID: 3, First: time.Now(), Last: time.Now(), Count: 1},
			{Act: laneChanged("/b"), ID: 2, First: first, Last: first, Count: 1},
			{Act: laneChanged("/a"), ID: 1, First: first, Last: last, Count: 2},
		}
		if diff := cmp.Diff(want, a.Page(0, 10), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// Whoever is refused chooses what it sends, and must not push out what others did.
func TestOneCallersRefusalsAreOneEntryWhateverItSends(t *testing.T) {
	a := quiet()
	a.Note(laneChanged("/a"))
	h := guarded(t, access.Options{Audit: a})
	for i := range 2000 {
		request{from: elsewhere, header: origin(fmt.Sprintf("http://%d.example", i))}.send(t, h, nil)
	}
	page := a.Page(0, 1000)
	if len(page) != 2 || page[0].Count != 2000 || page[0].Subject != "wrong_origin" || page[1].Subject != "/a" {
		t.Errorf("got %+v, want the lane's change, and one entry for 2000 refusals", page)
	}
}

func TestNoSecretIsInTheAuditOrTheLog(t *testing.T) {
	var log bytes.Buffer
	a := access.NewAudit(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	keys := openKeys(t)
	known := makeKey(t, keys, "viewer", msg.MayView)
	value := cookieFor(t, keys, known)
	g := newGuard(t, access.Options{Keys: keys, Audit: a, MaxFailedKeys: 2})
	h := g.Wrap(showScopes())
	for _, secret := range []string{known, "es_wrong", "es_wrong", "es_wrong"} {
		_, _ = g.Admit(at("192.0.2.7"), secret)
		_, _, _ = g.Enter(entering("127.0.0.1:8092"), secret)
		request{from: elsewhere, header: map[string]string{"Authorization": "Bearer " + secret}}.send(t, h, nil)
		request{from: elsewhere, header: map[string]string{"Authorization": "Bearer " + secret, "Origin": "http://evil.example"}}.send(t, h, nil)
		request{from: elsewhere, header: map[string]string{"Cookie": "emitscope_8092=" + value, "Origin": "http://evil.example"}}.send(t, h, nil)
	}
	all := fmt.Sprintf("%s %+v", log.String(), a.Page(0, 1000))
	for _, secret := range []string{known, known[3:], value, "es_wrong"} {
		if strings.Contains(all, secret) {
			t.Errorf("found %q in %s", secret, all)
		}
	}
	if !strings.Contains(log.String(), "level=WARN msg=Audit act=refused address=192.0.2.7 subject=unknown_key") {
		t.Errorf("got log %q, want who was refused and why", log.String())
	}
}

func TestAFloodOfRefusalsIsNoFloodOfLogLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		a := access.NewAudit(slog.New(slog.NewTextHandler(&log, nil)))
		refuse := func(i int) {
			a.Note(msg.Act{Kind: msg.Refused, By: msg.Caller{Address: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})}, Subject: "unknown_key"})
		}
		for i := range 50 {
			refuse(i)
		}
		if got := strings.Count(log.String(), "level=WARN"); got != 20 {
			t.Errorf("got %d lines for 50 refusals, want 20", got)
		}
		a.Note(laneChanged("/a"))
		if !strings.Contains(log.String(), "subject=/a") {
			t.Error("a lane's change is not logged because others were refused")
		}
		time.Sleep(time.Minute)
		refuse(50)
		if !strings.Contains(log.String(), "suppressed=30") {
			t.Errorf("got %q, want the number that was not logged", log.String())
		}
	})
}

func TestWhatSomebodyDidIsLoggedWithWhoAndHow(t *testing.T) {
	var log bytes.Buffer
	by := at("192.0.2.7")
	by.Key = "ops laptop"
	access.NewAudit(slog.New(slog.NewTextHandler(&log, nil))).Note(msg.Act{
		Kind: msg.LaneChanged, By: by, Door: msg.DoorREST, Subject: "/ws", Detail: strings.Repeat("d", 200),
	})
	want := `level=INFO msg=Audit act=lane_changed address=192.0.2.7 key="ops laptop" door=rest subject=/ws detail=ddd`
	if !strings.Contains(log.String(), want) || len(log.String()) > 300 {
		t.Errorf("got %q, want %q and a short end", log.String(), want)
	}
}
