package app_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/client"
	"emitscope/backend/door/wire"
)

// sharedHub returns the address of a hub that others reach, in words only: what is
// tested here must open no port that another machine could find. asked is what it
// was asked for.
func sharedHub(t *testing.T, state wire.Sharing) (url string, asked *[]string) {
	t.Helper()
	asked = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		if r.URL.Path == "/api/v1/sharing/link" {
			_ = json.NewEncoder(w).Encode(wire.ViewLink{Key: "es_link"})
			return
		}
		_ = json.NewEncoder(w).Encode(state)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func shared() wire.Sharing {
	return wire.Sharing{
		On: true, Port: 8092, System: "linux",
		Addresses: []wire.ShareAddress{
			{Host: "192.168.1.20", URL: "http://192.168.1.20:8092", Kind: "wifi"},
			{Host: "fd00::1", URL: "http://[fd00::1]:8092", Kind: "ethernet"},
		},
	}
}

func TestShareSaysThatOnlyThisMachineReachesAHubNobodyShared(t *testing.T) {
	code, out, errs := run(t, "share", "--url", serve(t))
	if want := "Not shared: only its own machine reaches the hub. scope share --on lets others in.\n"; code != 0 || out != want || errs != "" {
		t.Errorf("got %d %q %q, want 0 and %q", code, out, errs, want)
	}
}

func TestShareListsEveryAddressAndWhatOthersNeed(t *testing.T) {
	url, asked := sharedHub(t, shared())
	code, out, errs := run(t, "share", "--url", url)
	want := `Shared on the LAN:
  http://192.168.1.20:8092 (wifi)
  http://[fd00::1]:8092 (ethernet)
Other machines need a key: scope share --link prints a link to view, scope key make NAME a key.
`
	if code != 0 || errs != "" {
		t.Errorf("got %d %q, want 0", code, errs)
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"GET /api/v1/sharing"}, *asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestShareTellsAllThatIsKnown(t *testing.T) {
	state := shared()
	state.TLS, state.Fingerprint, state.OpenView = true, "AB:CD", true
	state.Unreachable = []string{"port 8092 of fd00::1 is taken"}
	state.LastCaller = &wire.LastCaller{Address: "192.168.1.7", Time: "2026-01-02T03:04:05Z"}
	state.Others = []wire.OtherHub{{Name: "lab", URL: "http://192.168.1.9:8092"}}
	url, _ := sharedHub(t, state)
	_, out, _ := run(t, "share", "--url", url)
	for _, words := range []string{
		"(SHA-256):\n  AB:CD\n", "may view without a key", "key make NAME", "Not everywhere: port 8092 of fd00::1 is taken.\n",
		"Last other machine let in: 192.168.1.7, at 2026-01-0", "Another Emitscope: lab at http://192.168.1.9:8092\n",
	} {
		if !strings.Contains(out, words) {
			t.Errorf("got\n%s\nwant %q in it", out, words)
		}
	}
}

func TestShareAsksTheHubForWhatTheFlagsSayAndNothingElse(t *testing.T) {
	for flags, want := range map[string]string{
		"--on":                       `{"on":true}`,
		"--off":                      `{"on":false}`,
		"--open-view":                `{"open_view":true}`,
		"--no-open-view":             `{"open_view":false}`,
		"--on --open-view":           `{"on":true,"open_view":true}`,
		"--off --no-open-view":       `{"on":false,"open_view":false}`,
		"--on --no-open-view --link": `{"on":true,"open_view":false}`,
	} {
		url, asked := sharedHub(t, shared())
		code, _, errs := run(t, append(append([]string{"share"}, strings.Fields(flags)...), "--url", url)...)
		if code != 0 || len(*asked) == 0 || (*asked)[0] != "PATCH /api/v1/sharing "+want {
			t.Errorf("%s: got %d %q after asking %q, want a PATCH with %s", flags, code, errs, *asked, want)
		}
	}
	if code, _, errs := run(t, "share", "--on", "--off"); code != 2 || !strings.Contains(errs, "--off") {
		t.Errorf("--on --off: got %d %q, want 2 and a word about them", code, errs)
	}
}

func TestShareLinkPrintsTheLinksAloneAndTheRestBeside(t *testing.T) {
	url, _ := sharedHub(t, shared())
	code, out, errs := run(t, "share", "--url", url, "--link")
	if want := "http://192.168.1.20:8092/#k=es_link\nhttp://[fd00::1]:8092/#k=es_link\n"; code != 0 || out != want {
		t.Errorf("got %d %q, want 0 and %q", code, out, want)
	}
	if !strings.HasPrefix(errs, "Shared on the LAN:\n") || strings.Contains(errs, "es_link") {
		t.Errorf("got %q beside it, want how the hub is shared, and no key", errs)
	}
}

func TestALinkToAHubThatIsNotSharedIsNotMade(t *testing.T) {
	url := serve(t)
	code, out, errs := run(t, "share", "--url", url, "--link")
	if code != 1 || out != "" || !strings.Contains(errs, "not shared") || !strings.Contains(errs, "scope share --on --link") {
		t.Errorf("got %d %q %q, want 1 and how to share it", code, out, errs)
	}
	if _, keys, _ := run(t, "key", "list", "--url", url); !strings.HasPrefix(keys, "There are no keys.") {
		t.Errorf("got %q, want no key made", keys)
	}
}

func TestOpenViewIsSwitchedOnTheHub(t *testing.T) {
	url := serve(t)
	hub, err := client.New(url, "")
	if err != nil {
		t.Fatal(err)
	}
	defer hub.Close()
	for flag, want := range map[string]bool{"--open-view": true, "--no-open-view": false} {
		if code, _, errs := run(t, "share", "--url", url, flag); code != 0 {
			t.Errorf("%s: got %d %q", flag, code, errs)
		}
		if s, err := hub.Sharing(t.Context()); err != nil || s.OpenView != want || s.On {
			t.Errorf("%s: got %+v, %v, want open_view %v and not shared", flag, s, err, want)
		}
	}
}

func TestAKeyIsMadeListedUsedAndRevoked(t *testing.T) {
	url := serve(t)
	code, secret, says := run(t, "key", "make", "--url", url, "a/b ü", "--scopes", "view,admin")
	if code != 0 || !regexp.MustCompile(`^es_[a-z0-9]{26}\n$`).MatchString(secret) {
		t.Fatalf("got %d %q %q, want 0 and the secret alone", code, secret, says)
	}
	secret = strings.TrimSpace(secret)
	if !strings.Contains(says, `"a/b ü" may view, admin`) || !strings.Contains(says, "not shown again") || strings.Contains(says, secret) {
		t.Errorf("got %q beside it, want what it may do, and no secret", says)
	}
	if code, out, errs := run(t, "key", "list", "--url", url, "--key", secret); code != 0 ||
		!regexp.MustCompile(`(?m)^NAME +MAY +MADE +LAST USED +MESSAGES\na/b ü +view admin +20\S+ \S+ [+-]\d{4} +(never|20\S+ \S+ [+-]\d{4}) +0\n$`).MatchString(out) || strings.Contains(out, secret) {
		t.Errorf("list: got %d %q %q, want one key and no secret", code, out, errs)
	}
	if code, _, errs := run(t, "key", "make", "--url", url, "a/b ü"); code != 1 || !strings.Contains(errs, "already") {
		t.Errorf("the same name again: got %d %q, want 1 and that there is one", code, errs)
	}
	if code, out, errs := run(t, "key", "revoke", "--url", url, "a/b ü"); code != 0 || !strings.Contains(out, `"a/b ü" is revoked`) {
		t.Errorf("revoke: got %d %q %q, want 0 and its name", code, out, errs)
	}
	if code, _, errs := run(t, "key", "revoke", "--url", url, "a/b ü"); code != 1 || !strings.Contains(errs, "no key named") {
		t.Errorf("revoke again: got %d %q, want 1 and that there is none", code, errs)
	}
	if _, out, _ := run(t, "key", "list", "--url", url); out != "There are no keys. scope key make NAME makes one.\n" {
		t.Errorf("list: got %q, want that there are none", out)
	}
}

func TestAKeyMayViewAndPublishUnlessSaidOtherwise(t *testing.T) {
	url := serve(t)
	if code, _, says := run(t, "key", "make", "--url", url, "a"); code != 0 || !strings.Contains(says, "may view, publish.") {
		t.Errorf("got %d %q, want 0 and what it may", code, says)
	}
	if code, out, errs := run(t, "key", "make", "--url", url, "b", "--scopes", "fly"); code != 1 || out != "" || !strings.Contains(errs, `"fly" is unknown`) {
		t.Errorf("got %d %q %q, want 1 and the scope that is unknown", code, out, errs)
	}
}

func TestAFingerprintIsTakenFromFlagAndEnvironment(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	right, wrong := hex.EncodeToString(sum[:]), strings.Repeat("0", 64)

	if code, _, errs := run(t, "share", "--url", server.URL); code != 1 || !strings.Contains(errs, "--fingerprint") {
		t.Errorf("without one: got %d %q, want 1 and --fingerprint", code, errs)
	}
	if code, _, errs := run(t, "share", "--url", server.URL, "--fingerprint", right); code != 0 {
		t.Errorf("with it: got %d %q, want 0", code, errs)
	}
	t.Setenv("EMITSCOPE_FINGERPRINT", right)
	if code, _, errs := run(t, "key", "list", "--url", server.URL); code != 0 {
		t.Errorf("with it in the environment: got %d %q, want 0", code, errs)
	}
	if code, _, errs := run(t, "emit", "--url", server.URL, "--fingerprint", wrong, "e", "1"); code != 1 || !strings.Contains(errs, "another certificate") {
		t.Errorf("with another: got %d %q, want 1 and that it is another certificate", code, errs)
	}
	if code, _, errs := run(t, "emit", "e", "1"); code != 1 || !strings.Contains(errs, "without TLS") {
		t.Errorf("without https: got %d %q, want 1 and that there is no TLS", code, errs)
	}
}
