package interop

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// A proxy on the hub's machine hands on who comes as emit.example, as docs/sharing.md
// has it.
func TestBehindAProxyEveryDoorWorksWithAKeyAndNoneWithout(t *testing.T) {
	h := startHub(t, "--allowed-hosts", "emit.example")
	to, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = "emit.example"
		r.SetXForwarded()
	}})
	t.Cleanup(proxy.Close)
	key := makeKey(t, http.DefaultClient, h.url, "far", "view publish")
	withKey := http.Header{"Authorization": {"Bearer " + key}, "Origin": {"https://emit.example"}}

	for name, want := range map[string]int{"page": 200, "open answer": 200, "publish": 401, "read": 401, "share": 401, "metrics": 401} {
		d := doorways()[name]
		if got := ask(t, http.DefaultClient, d.method, proxy.URL+d.path, d.body, nil); got.status != want {
			t.Errorf("%s without a key: got %d %.200s, want %d", name, got.status, got.body, want)
		}
	}
	raw := dialBy(t, websocket.DefaultDialer, proxy.URL, withKey)
	raw.subscribe("/attacked")
	node := startPeer(t, "node")
	node.connect(proxy.URL, "/attacked", "upgrade", map[string]any{"key": key})
	if got := ask(t, http.DefaultClient, "POST", proxy.URL+"/api/v1/messages", oneMessage, withKey); got.status != http.StatusAccepted {
		t.Errorf("publish with a key: got %d %s", got.status, got.body)
	}
	raw.events(1)
	node.events("e", 1)

	entered := ask(t, http.DefaultClient, "POST", proxy.URL+"/api/v1/session", `{"key":"`+key+`"}`, http.Header{"Origin": {"https://emit.example"}})
	cookie, _, _ := strings.Cut(entered.header.Get("Set-Cookie"), ";")
	if got := ask(t, http.DefaultClient, "GET", proxy.URL+"/api/v1/stats", "", http.Header{"Cookie": {cookie}}); got.status != http.StatusOK {
		t.Errorf("with the cookie %q: got %d %s, want 200", cookie, got.status, got.body)
	}
}
