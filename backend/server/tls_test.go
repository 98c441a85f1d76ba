package server_test

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

// overTLS asks by https, trusting whoever answers, and returns what it answered with.
func overTLS(t *testing.T, url, key string) *http.Response {
	t.Helper()
	transport := &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func TestOnlyOtherMachinesAreServedByTLS(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.TLS = true, true })
	far := strings.Replace(h.from(host), "http:", "https:", 1)
	testkit.Eventually(t, func() bool { return isListenedOn(far) }, "the hub to be reached")
	key := h.makeKey(t, "viewer", "view publish") // by plain HTTP, on this machine

	res := overTLS(t, far+"/api/v1/stats", key)
	if res.StatusCode != http.StatusOK || res.Proto != "HTTP/1.1" {
		t.Errorf("got %s by %s, want 200 by HTTP/1.1", res.Status, res.Proto)
	}
	var state wire.Sharing
	ask(t, "GET", h.url+"/api/v1/sharing", "", "", &state)
	sum := sha256.Sum256(res.TLS.PeerCertificates[0].Raw)
	if got, want := strings.ReplaceAll(state.Fingerprint, ":", ""), fmt.Sprintf("%X", sum); !state.TLS || got != want {
		t.Errorf("got TLS %v with the fingerprint %s, want that of the certificate, %s", state.TLS, got, want)
	}
	if len(state.Addresses) == 0 || !strings.HasPrefix(state.Addresses[0].URL, "https://") {
		t.Errorf("got addresses %+v, want https", state.Addresses)
	}

	local, viewer, client := subscriber(t, h.url, ""), dial(t, far, "/api/v1/feed", key), subscriber(t, far, key)
	publish(t, h, "/x", 1)
	local.until(`"e"`)
	viewer.until(`"/x"`)
	client.until(`"e"`)
	h.share(t, `{"on":false}`)
	client.wantsEnd("not shared any more")
	publish(t, h, "/x", 1)
	local.until(`"e"`)
}

func TestPlainHTTPAtATLSPortIsToldSo(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.TLS = true, true })
	testkit.Eventually(t, func() bool { return isListenedOn(h.from(host)) }, "the hub to be reached")
	res, err := http.DefaultTransport.RoundTrip(plainGet(t, h.from(host)))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if text, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), "HTTPS") {
		t.Errorf("got %s %q, want 400 that speaks of HTTPS", res.Status, text)
	}
}

func plainGet(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	return req
}

func TestAnAddressOfItsOwnThatOthersReachIsServedByTLS(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.TLS, c.Addr = true, true, net.JoinHostPort(host, "0") })
	if res := overTLS(t, strings.Replace(h.url, "http:", "https:", 1)+"/api", ""); res.TLS == nil {
		t.Error("got an answer without TLS")
	}
}

func TestACallerThatDoesNotFinishItsHandshakeIsLetGo(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.TLS, c.Limits.HeaderTimeout = true, true, 200*time.Millisecond })
	testkit.Eventually(t, func() bool { return isListenedOn(h.from(host)) }, "the hub to be reached")
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.from(host), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := bufio.NewReader(conn).ReadByte(); err != io.EOF {
		t.Errorf("got %v, want the connection closed", err)
	}
}
