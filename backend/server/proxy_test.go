package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"emitscope/backend/config"
)

// byProxy sends a request as a proxy on this machine does for somebody else.
func byProxy(t *testing.T, method, url, key, kind, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	req.Header = http.Header{"Authorization": {"Bearer " + key}, "X-Forwarded-For": {"192.0.2.9"}, "Content-Type": {kind}}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func TestWhoComesByAProxyHasTheQuotaOfOneOtherMachine(t *testing.T) {
	h := startHub(t, func(c *config.Config) { c.Limits.MaxBytesPerSecond = 1000 })
	key := h.makeKey(t, "feeder", "publish")
	large := `"` + strings.Repeat("x", 2000) + `"` // all that one may hand in at once
	message := `{"namespace":"/x","event":"e","data":` + large + `}`
	if got := ask(t, "POST", h.url+"/api/v1/messages", "", message, nil); got != http.StatusAccepted {
		t.Fatalf("this machine: got %d, want 202", got)
	}
	if got, text := byProxy(t, "POST", h.url+"/api/v1/messages", key, "application/json", message); got != http.StatusAccepted {
		t.Fatalf("the first by proxy: got %d %s, want 202", got, text)
	}
	if got, text := byProxy(t, "POST", h.url+"/api/v1/messages", key, "application/json", message); got != http.StatusTooManyRequests || !strings.Contains(text, "rate_limited") {
		t.Errorf("REST: got %d %s, want 429 rate_limited", got, text)
	}

	at, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(httputil.NewSingleHostReverseProxy(at))
	defer proxy.Close()
	native := dial(t, proxy.URL, "/websocket", key)
	native.send(`{"type":"publish","namespace":"/x","event":"e","data":` + large + `}`)
	native.until("rate_limited")

	polling := h.url + "/socket.io/?EIO=4&transport=polling"
	_, text := byProxy(t, "GET", polling, key, "", "")
	_, sid, _ := strings.Cut(text, `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	polling += "&sid=" + sid
	byProxy(t, "POST", polling, key, "text/plain", "40/x,\x1e42/x,7[\"e\","+large+"]")
	for !strings.Contains(text, "43/x,7") {
		status, more := byProxy(t, "GET", polling, key, "", "")
		if text += more; status != http.StatusOK {
			t.Fatalf("poll: got %d %s", status, more)
		}
	}
	if !strings.Contains(text, "rate_limited") {
		t.Errorf("Socket.IO: got %s, want rate_limited", text)
	}
	for range 3 {
		if got := ask(t, "POST", h.url+"/api/v1/messages", "", message, nil); got != http.StatusAccepted {
			t.Errorf("this machine: got %d, want 202", got)
		}
	}
}
