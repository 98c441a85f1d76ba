package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/access"
	"emitscope/backend/config"
	"emitscope/backend/door/wire"
	"emitscope/backend/internal/testkit"
)

// elsewhere is an address of this machine that is not loopback: whoever comes by it
// is taken for another machine.
func elsewhere(t *testing.T) string {
	t.Helper()
	ways, err := access.Ways()
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range ways {
		if !way.Addr.IsLinkLocalUnicast() {
			return way.Addr.String()
		}
	}
	t.Skip("this machine has no address but loopback")
	return ""
}

// from is the hub's URL as another machine has it.
func (h *hub) from(host string) string {
	u, _ := url.Parse(h.url)
	return u.Scheme + "://" + net.JoinHostPort(host, u.Port())
}

// ask sends a request, with a connection of its own, and decodes the answer.
func ask(t *testing.T, method, url, key, body string, answer any) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			t.Fatalf("%s %s: %d %s: %v", method, url, res.StatusCode, text, err)
		}
	}
	return res.StatusCode
}

// share changes how the hub is shared.
func (h *hub) share(t *testing.T, patch string) (state wire.Sharing) {
	t.Helper()
	if got := ask(t, "PATCH", h.url+"/api/v1/sharing", "", patch, &state); got != http.StatusOK {
		t.Fatalf("PATCH sharing %s: got %d", patch, got)
	}
	return state
}

func (h *hub) makeKey(t *testing.T, name, scopes string) (secret string) {
	t.Helper()
	var made wire.MadeKey
	if got := ask(t, "POST", h.url+"/api/v1/keys", "", `{"name":"`+name+`","scopes":"`+scopes+`"}`, &made); got != http.StatusCreated {
		t.Fatalf("POST key %s: got %d", name, got)
	}
	return made.Secret
}

func isListenedOn(base string) bool {
	at, _ := url.Parse(base)
	conn, err := net.Dial("tcp", at.Host)
	if err == nil {
		_ = conn.Close()
	}
	return err == nil
}

func TestClientsOfThisMachineStayWhenSharingIsSwitched(t *testing.T) {
	h := startHub(t, nil)
	native, socketIO, viewer := subscriber(t, h.url, ""), socketIO(t, h.url, ""), dial(t, h.url, "/api/v1/feed", "")
	for i, patch := range []string{`{"on":true}`, `{"on":false}`, `{"on":true}`, `{"open_view":true}`, `{"open_view":false,"on":false}`} {
		h.share(t, patch)
		event := "e" + string(rune('0'+i))
		if _, err := h.Publish(t.Context(), wire.Publish{Namespace: "/x", Event: event, Data: json.RawMessage("1")}); err != nil {
			t.Fatal(err)
		}
		native.until(event)
		socketIO.until(event)
		viewer.until(event)
	}
}

func TestAHubIsOnlyReachedFromElsewhereWhileItIsShared(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, nil)
	far := h.from(host)
	if isListenedOn(far) {
		t.Fatal("a hub that is not shared is reached")
	}
	state := h.share(t, `{"on":true}`)
	if !state.On || len(state.Addresses) == 0 || state.Addresses[0].Host == "" {
		t.Errorf("got %+v, want it on, with addresses", state)
	}
	var refusal wire.Error
	if got := ask(t, "GET", far+"/api/v1/stats", "", "", &refusal); got != http.StatusUnauthorized {
		t.Errorf("without a key: got %d %+v, want 401", got, refusal)
	}
	key := h.makeKey(t, "viewer", "view")
	if got := ask(t, "GET", far+"/api/v1/stats", key, "", nil); got != http.StatusOK {
		t.Errorf("with a key: got %d, want 200", got)
	}
	if got := ask(t, "POST", far+"/api/v1/messages", key, `{"event":"e"}`, nil); got != http.StatusForbidden {
		t.Errorf("publishing with a key to view: got %d, want 403", got)
	}
	idle, err := net.Dial("tcp", strings.TrimPrefix(far, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	viewer, client := dial(t, far, "/api/v1/feed", key), subscriber(t, far, key)
	h.share(t, `{"on":false}`)
	viewer.wantsEnd("not shared any more")
	client.wantsEnd("not shared any more")
	if n, err := idle.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes from a connection that must be cut off", n)
	}
	if isListenedOn(far) {
		t.Error("a hub that is not shared any more is reached")
	}
}

func TestAConnectionThatIsAboutToBeCutTakesNoMoreRequests(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, nil)
	h.share(t, `{"on":true}`)
	key := h.makeKey(t, "feeder", "publish")
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.from(host), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	post := func() (status int, err error) {
		body := `{"namespace":"/x","event":"e"}`
		if _, err := fmt.Fprintf(conn, "POST /api/v1/messages HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			host, key, len(body), body); err != nil {
			return 0, err
		}
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		_, err = io.Copy(io.Discard, res.Body)
		return res.StatusCode, err
	}
	if got, err := post(); got != http.StatusAccepted || err != nil {
		t.Fatalf("got %d %v, want 202", got, err)
	}
	h.share(t, `{"on":false}`)
	if got, err := post(); got != http.StatusForbidden && err == nil {
		t.Errorf("got %d by a connection of before, want 403 or that it is cut", got)
	}
}

func TestAHubSharedByItsSettingsIsReachedFromElsewhere(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.OpenView = true, true })
	testkit.Eventually(t, func() bool { return isListenedOn(h.from(host)) }, "the hub to be reached")
	if got := ask(t, "GET", h.from(host)+"/api/v1/stats", "", "", nil); got != http.StatusOK {
		t.Errorf("got %d, want 200: viewing is open", got)
	}
}

func TestSharingCannotBeSwitchedOffWhereTheHubWasToldToListen(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.Addr = true, net.JoinHostPort(host, "0") })
	key := "" // nobody on this machine needs one, but by this address all are others
	var state wire.Sharing
	if got := ask(t, "GET", h.url+"/api/v1/sharing", key, "", nil); got != http.StatusUnauthorized {
		t.Errorf("without a key: got %d, want 401", got)
	}
	h.stop()

	h = startHub(t, func(c *config.Config) { c.LAN, c.Addr = true, "0.0.0.0:0" })
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(h.url, "http://"))
	h.url = "http://127.0.0.1:" + port
	if ask(t, "GET", h.url+"/api/v1/sharing", "", "", &state); !state.On || !state.Fixed {
		t.Errorf("got %+v, want it on and fixed", state)
	}
	var refusal wire.Error
	if got := ask(t, "PATCH", h.url+"/api/v1/sharing", "", `{"on":false}`, &refusal); got != http.StatusConflict {
		t.Errorf("got %d %+v, want 409", got, refusal)
	}
}

func TestRevokingAKeyDisconnectsWhoCameInWithIt(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN = true })
	far := h.from(host)
	testkit.Eventually(t, func() bool { return isListenedOn(far) }, "the hub to be reached")
	gone, stays := h.makeKey(t, "gone", "view publish"), h.makeKey(t, "stays", "view publish")
	ended := []*socket{subscriber(t, far, gone), socketIO(t, far, gone), dial(t, far, "/api/v1/feed", gone), subscriber(t, h.url, gone)}
	kept := []*socket{subscriber(t, far, stays), socketIO(t, far, stays), dial(t, far, "/api/v1/feed", stays), subscriber(t, h.url, "")}
	if got := ask(t, "DELETE", h.url+"/api/v1/keys/gone", "", "", nil); got != http.StatusNoContent {
		t.Fatalf("DELETE key: got %d", got)
	}
	for _, s := range ended {
		s.wantsEnd("")
	}
	if got := ask(t, "GET", far+"/api/v1/stats", gone, "", nil); got != http.StatusUnauthorized {
		t.Errorf("with the key: got %d, want 401", got)
	}
	publish(t, h, "/x", 1)
	for _, s := range kept {
		s.until(`"e"`)
	}
}

func TestClosingTheOpenViewShowsOutWhoMayNotViewOtherwise(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.OpenView = true, true })
	far := h.from(host)
	testkit.Eventually(t, func() bool { return isListenedOn(far) }, "the hub to be reached")
	viewKey, publishKey := h.makeKey(t, "viewer", "view"), h.makeKey(t, "producer", "publish")
	open, byPublisher, byViewer := dial(t, far, "/api/v1/feed", ""), dial(t, far, "/api/v1/feed", publishKey), dial(t, far, "/api/v1/feed", viewKey)
	h.share(t, `{"open_view":false}`)
	open.wantsEnd("needs a key")
	byPublisher.wantsEnd("needs a key")
	publish(t, h, "/x", 1)
	byViewer.until(`"/x"`)
	if _, res := tryDial(t, far, "/api/v1/feed", ""); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("the next one without a key: got %s, want 401", res.Status)
	}
}

func TestViewersAreToldHowTheHubIsShared(t *testing.T) {
	h := startHub(t, nil)
	viewer := dial(t, h.url, "/api/v1/feed", "")
	type frame struct {
		Type    string
		Scopes  string
		Sharing struct {
			On       bool
			OpenView bool `json:"open_view"`
			Address  string
		}
	}
	var hello frame
	if err := json.Unmarshal([]byte(viewer.until(`"hello"`)), &hello); err != nil {
		t.Fatal(err)
	}
	if got := hello.Sharing; got.On || got.OpenView || "http://"+got.Address != h.url {
		t.Errorf("hello: got %+v, want it off, at %s", got, h.url)
	}
	h.share(t, `{"on":true,"open_view":true}`)
	var changed frame
	if err := json.Unmarshal([]byte(viewer.until(`"type":"sharing"`)), &changed); err != nil {
		t.Fatal(err)
	}
	if got := changed.Sharing; !got.On || !got.OpenView {
		t.Errorf("got %+v, want it on and open", got)
	}
	if ways, _ := access.Ways(); len(ways) > 0 && "http://"+changed.Sharing.Address == h.url {
		t.Errorf("got %s to connect to, want an address that others reach", changed.Sharing.Address)
	}
}

func TestEachActIsInTheAudit(t *testing.T) {
	h := startHub(t, nil)
	secret := h.makeKey(t, "desk", "view")
	h.share(t, `{"on":true,"open_view":true}`)
	h.share(t, `{"on":true}`) // changes nothing
	h.share(t, `{"on":false,"open_view":false}`)
	var link wire.ViewLink
	ask(t, "POST", h.url+"/api/v1/sharing/link", "", "", &link)
	dial(t, h.url, "/api/v1/feed", secret).until("hello")
	ask(t, "DELETE", h.url+"/api/v1/keys/desk", "", "", nil)
	if got := ask(t, "GET", h.url+"/api/v1/stats", secret, "", nil); got != http.StatusUnauthorized {
		t.Errorf("with a revoked key: got %d, want 401", got)
	}
	ask(t, "PATCH", h.url+"/api/v1/lanes/%2Fx", "", `{"rate":5}`, nil)
	var page wire.AuditPage
	ask(t, "GET", h.url+"/api/v1/audit", "", "", &page)
	var got []string
	for i := len(page.Entries) - 1; i >= 0; i-- {
		e := page.Entries[i]
		got = append(got, strings.TrimSpace(e.Kind+" "+e.Subject))
		if text, _ := json.Marshal(e); strings.Contains(string(text), secret) || strings.Contains(string(text), link.Key) {
			t.Errorf("the entry %s has a secret in it", text)
		}
	}
	want := []string{
		"key_made desk", "open_view_on", "sharing_on", "open_view_off", "sharing_off", "link_shown", "connected viewer",
		"key_revoked desk", "refused unknown_key", "lane_changed /x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhatAKeyWasUsedForIsKeptAtTheStopAndItsSecretIsNot(t *testing.T) {
	data := t.TempDir()
	h := startHub(t, func(c *config.Config) { c.DataDir = data })
	secret := h.makeKey(t, "desk", "publish")
	if got := ask(t, "POST", h.url+"/api/v1/messages", secret, `[{"event":"a"},{"event":"b"}]`, nil); got != http.StatusAccepted {
		t.Fatalf("got %d, want 202", got)
	}
	h.stop()
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, _ error) error {
		if d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), secret) {
			t.Errorf("%s holds the secret", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h = startHub(t, func(c *config.Config) { c.DataDir = data })
	var list wire.KeyList
	ask(t, "GET", h.url+"/api/v1/keys", "", "", &list)
	if len(list.Keys) != 1 || list.Keys[0].Messages != 2 || list.Keys[0].LastUsed == "" {
		t.Errorf("got %+v, want one key with 2 messages and when it was used", list.Keys)
	}
}

func TestNothingRunsAfterASharedHubStops(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, func(c *config.Config) { c.LAN, c.TLS = true, true })
	h.share(t, `{"on":false}`)
	h.share(t, `{"on":true}`)
	h.stop()
}

func TestWhoSwitchesSharingOffFromElsewhereIsAnswered(t *testing.T) {
	host := elsewhere(t)
	h := startHub(t, func(c *config.Config) { c.LAN = true })
	far := h.from(host)
	testkit.Eventually(t, func() bool { return isListenedOn(far) }, "the hub to be reached")
	var state wire.Sharing
	key := h.makeKey(t, "admin", "admin")
	if got := ask(t, "PATCH", far+"/api/v1/sharing", key, `{"on":false}`, &state); got != http.StatusOK || state.On {
		t.Errorf("got %d, on %v, want 200, and off", got, state.On)
	}
	if isListenedOn(far) {
		t.Error("the hub is reached")
	}
}

func TestSharingMaySwitchWhileTheHubStops(t *testing.T) {
	testkit.NoLeaks(t)
	h := startHub(t, func(c *config.Config) { c.LAN = true })
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			body := strings.NewReader(`{"on":` + []string{"true", "false"}[i%2] + `}`)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPatch, h.url+"/api/v1/sharing", body)
			if err != nil {
				t.Error(err)
				return
			}
			req.Close = true
			req.Header.Set("Content-Type", "application/json")
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				return // the hub has stopped
			}
			_ = res.Body.Close()
			if i == 10 {
				close(begun)
			}
		}
	}()
	<-begun
	h.stop()
	<-ended
}
