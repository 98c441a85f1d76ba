package access_test

import (
	"errors"
	"maps"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/access"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

func TestOtherMachinesNeedAKey(t *testing.T) {
	keys := openKeys(t)
	publish := map[string]string{"Authorization": "Bearer " + makeKey(t, keys, "sensor", msg.MayPublish)}
	spelled := map[string]string{"Authorization": "bearer  " + strings.TrimPrefix(publish["Authorization"], "Bearer ")}
	h := guarded(t, access.Options{Keys: keys, AllowedHosts: []string{"hub.example"}})
	own := origin("http://hub.example:8092")
	ownWithKey := maps.Clone(own)
	maps.Copy(ownWithKey, publish)
	check(t, h, []request{
		{host: "hub.example:8092", from: elsewhere, want: ""},
		{host: "hub.example:8092", from: elsewhere, header: own, want: ""},
		{host: "hub.example:8092", from: elsewhere, header: publish, want: "publish"},
		{host: "hub.example:8092", from: elsewhere, header: spelled, want: "publish"},
		{host: "hub.example:8092", from: elsewhere, header: ownWithKey, want: "publish"},
		{host: "hub.example:8092", from: "not an address", want: ""},
		{host: "hub.example:8092", from: elsewhere, header: origin("http://localhost:5173"), want: "wrong_origin"},
		{host: "hub.example:8092", from: elsewhere, header: origin("wails://wails"), want: "wrong_origin"},
		{host: "hub.example:8092", from: elsewhere, header: origin("http://other.example"), want: "wrong_origin"},
		{from: elsewhere, header: map[string]string{"Authorization": "Basic eDp5"}, want: ""},
		{from: elsewhere, header: map[string]string{"Authorization": "Bearer es_wrong"}, want: "unknown_key"},
		{header: map[string]string{"Authorization": "Bearer"}, want: "unknown_key"},
	})
}

func TestAKeyAddsToWhatLoopbackMayDo(t *testing.T) {
	keys := openKeys(t)
	h := map[string]string{"Origin": "http://localhost:5173", "Authorization": "Bearer " + makeKey(t, keys, "boss", msg.MayAdmin)}
	check(t, guarded(t, access.Options{Keys: keys}), []request{{header: h, want: all}})
}

func TestOpenViewLetsOtherMachinesViewWithoutAKey(t *testing.T) {
	check(t, guarded(t, access.Options{OpenView: true}), []request{
		{from: elsewhere, want: "view"},
		{from: elsewhere, header: origin("http://127.0.0.1:8092"), want: "view"},
		{want: all},
	})
}

func TestWhatAProxyHandsOnIsNotOfThisMachine(t *testing.T) {
	h := guarded(t, access.Options{})
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via"} {
		check(t, h, []request{
			{header: map[string]string{name: "192.0.2.7"}, want: ""},
			{header: map[string]string{name: ""}, want: ""}, // of who is behind it; its own would be the second
		})
	}
}

func TestANameThatTheNetworkResolvesMakesNobodyLocal(t *testing.T) {
	hostname, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	keys := openKeys(t)
	g := newGuard(t, access.Options{Keys: keys, AllowedHosts: []string{"hub.example"}})
	g.SetAnnounced("studio-2.local")
	h := g.Wrap(showScopes())
	key := map[string]string{"Authorization": "Bearer " + makeKey(t, keys, "viewer", msg.MayView)}
	for host, want := range map[string]string{hostname: "", hostname + ".local": "", "studio-2.local": "", "hub.example": all, "localhost": all} {
		own := origin("http://" + host + ":8092") // of a page that was there before the name pointed here
		check(t, h, []request{{host: host + ":8092", header: own, want: want}, {host: host + ":8092", want: want}})
		if want == "" {
			check(t, h, []request{{host: host + ":8092", header: key, want: "view"}})
		}
	}
}

func TestARevokedKeyIsUnknown(t *testing.T) {
	keys := openKeys(t)
	h := map[string]string{"Authorization": "Bearer " + makeKey(t, keys, "old", msg.MayView)}
	g := guarded(t, access.Options{Keys: keys})
	check(t, g, []request{{from: elsewhere, header: h, want: "view"}})
	if err := keys.Revoke("old"); err != nil {
		t.Fatal(err)
	}
	check(t, g, []request{{from: elsewhere, header: h, want: "unknown_key"}})
}

func TestWrongKeysAreSlowedForTheirAddressOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := openKeys(t)
		right := map[string]string{"Authorization": "Bearer " + makeKey(t, keys, "right", msg.MayView)}
		wrong := map[string]string{"Authorization": "Bearer es_wrong"}
		h := guarded(t, access.Options{Keys: keys})
		send := func(from string, header map[string]string) int {
			return request{from: from, header: header}.send(t, h, nil).Code
		}
		for i := range 10 {
			if got := send(elsewhere, wrong); got != http.StatusUnauthorized {
				t.Fatalf("wrong key %d: got %d, want 401", i+1, got)
			}
		}
		if got := send(elsewhere, wrong); got != http.StatusTooManyRequests {
			t.Errorf("wrong key 11: got %d, want 429", got)
		}
		if got := send("192.0.2.8:1", wrong); got != http.StatusUnauthorized {
			t.Errorf("wrong key from another address: got %d, want 401", got)
		}
		if got := send(elsewhere, right); got != http.StatusOK {
			t.Errorf("right key from the same address: got %d, want 200", got)
		}
		time.Sleep(time.Minute)
		if got := send(elsewhere, wrong); got != http.StatusUnauthorized {
			t.Errorf("wrong key a minute later: got %d, want 401", got)
		}
	})
}

func at(address string) msg.Caller { return msg.Caller{Address: netip.MustParseAddr(address)} }

func TestAdmitAddsWhatAKeyAllowsThatComesInsideAConnection(t *testing.T) {
	keys := openKeys(t)
	g := newGuard(t, access.Options{Keys: keys})
	was := at("192.0.2.7")
	was.Scopes = msg.MayView
	got, err := g.Admit(was, makeKey(t, keys, "sensor", msg.MayPublish))
	want := msg.Caller{Address: was.Address, Scopes: msg.MayView | msg.MayPublish, Key: "sensor"}
	if got != want || err != nil {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestAdmitHoldsUpWhoShowsWrongKeysButNoKnownKey(t *testing.T) {
	keys := openKeys(t)
	right := makeKey(t, keys, "viewer", msg.MayView)
	var reached []string
	g := newGuard(t, access.Options{Keys: keys, MaxFailedKeys: 3, Reached: func(limit string) { reached = append(reached, limit) }})
	for i := range 3 {
		if c, err := g.Admit(at("192.0.2.7"), "es_wrong"); !errors.Is(err, fault.Unauthorized) || c.Scopes != 0 || c.Key != "" {
			t.Fatalf("wrong key %d: got %+v, %v, want Unauthorized and nothing more", i+1, c, err)
		}
	}
	if _, err := g.Admit(at("192.0.2.7"), "es_wrong"); !errors.Is(err, fault.TooMany) {
		t.Errorf("wrong key 4: got %v, want TooMany", err)
	}
	if !slices.Equal(reached, []string{"max_failed_keys"}) {
		t.Errorf("told of %v, want max_failed_keys once", reached)
	}
	if _, err := g.Admit(at("192.0.2.8"), "es_wrong"); !errors.Is(err, fault.Unauthorized) {
		t.Errorf("another address: got %v, want Unauthorized", err)
	}
	if c, err := g.Admit(at("192.0.2.7"), right); err != nil || c.Key != "viewer" {
		t.Errorf("a known key of the same address: got %+v, %v, want it let in", c, err)
	}
}

func TestAKeyOfAbsurdLengthIsUnknown(t *testing.T) {
	g := newGuard(t, access.Options{Keys: openKeys(t)})
	if _, err := g.Admit(at("192.0.2.7"), strings.Repeat("k", 60_000)); !errors.Is(err, fault.Unauthorized) {
		t.Errorf("got %v, want Unauthorized", err)
	}
}

func TestOpenViewCanBeSwitchedWhileRunning(t *testing.T) {
	g := newGuard(t, access.Options{})
	h := g.Wrap(showScopes())
	for _, c := range []struct {
		on   bool
		want string
	}{{true, "view"}, {false, ""}} {
		g.SetOpenView(c.on)
		if g.OpenView() != c.on {
			t.Errorf("got OpenView %v, want %v", g.OpenView(), c.on)
		}
		check(t, h, []request{{from: elsewhere, want: c.want}, {want: all}})
	}
}

func TestPagesOfAllowedOriginsMayDoWhatOthersThereMay(t *testing.T) {
	keys := openKeys(t)
	o := access.Options{Keys: keys, AllowedOrigins: []string{"https://board.example"}}
	withKey := map[string]string{"Origin": "https://board.example", "Authorization": "Bearer " + makeKey(t, keys, "board", msg.MayView)}
	h := guarded(t, o)
	check(t, h, []request{
		{header: origin("https://board.example"), want: "view publish"},
		{from: elsewhere, header: origin("https://board.example"), want: ""},
		{from: elsewhere, header: withKey, want: "view"},

		{header: origin("http://board.example"), want: "wrong_origin"},
		{header: origin("https://board.example:8443"), want: "wrong_origin"},
		{header: origin("https://board.example.evil.example"), want: "wrong_origin"},
		{header: origin("https://evil.example"), want: "wrong_origin"},
	})
	w := request{from: elsewhere, header: origin("https://board.example")}.send(t, h, nil)
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "https://board.example" {
		t.Errorf("got Access-Control-Allow-Origin %q, want the page's origin", got)
	}
}

func TestTheLastCallerIsTheOtherMachineThatWasLetInLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keys := openKeys(t)
		secret := makeKey(t, keys, "viewer", msg.MayView)
		g := newGuard(t, access.Options{Keys: keys})
		h := g.Wrap(showScopes())
		request{}.send(t, h, nil)
		request{from: elsewhere}.send(t, h, nil)
		request{from: elsewhere, header: map[string]string{"Authorization": "Bearer es_wrong"}}.send(t, h, nil)
		if got := g.LastCaller(); got != nil {
			t.Errorf("got %+v after this machine and strangers, want nobody", got)
		}
		request{from: elsewhere, header: map[string]string{"Authorization": "Bearer " + secret}}.send(t, h, nil)
		if got, want := g.LastCaller(), (msg.LastCaller{Address: "192.0.2.7", At: time.Now()}); got == nil || *got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		time.Sleep(time.Second)
		if _, err := g.Admit(at("192.0.2.9"), secret); err != nil {
			t.Fatal(err)
		}
		if got, want := g.LastCaller(), (msg.LastCaller{Address: "192.0.2.9", At: time.Now()}); got == nil || *got != want {
			t.Errorf("after a key inside a connection: got %+v, want %+v", got, want)
		}
	})
}

func TestTheNameThatIsAnnouncedIsAnsweredWhileItIs(t *testing.T) {
	g := newGuard(t, access.Options{OpenView: true})
	h := g.Wrap(showScopes())
	q := request{host: "Studio-2.local:8092"}
	for _, c := range []struct{ announced, want string }{
		{"", "wrong_host"}, {"studio-2.local", "view"}, {"studio-3.local", "wrong_host"}, {"", "wrong_host"}, {"203.0.113.9", "wrong_host"},
	} {
		g.SetAnnounced(c.announced)
		q.want = c.want
		check(t, h, []request{q, {host: "203.0.113.9:8092", want: "wrong_host"}})
	}
}
