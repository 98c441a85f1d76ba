package update

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/fault"
)

// publisher signs news and has them at an address.
type publisher struct {
	private ed25519.PrivateKey
	key     string
}

func newPublisher(t *testing.T) publisher {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return publisher{private, base64.StdEncoding.EncodeToString(public)}
}

// answer is what its address says.
func (p publisher) answer(news string) string {
	text, _ := json.Marshal(signed{news, ed25519.Sign(p.private, []byte(news))})
	return string(text)
}

func serve(t *testing.T, handle http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	return s.URL
}

func saying(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) }
}

const newer = `{"version":"1.4.0","notes":"Faster.","link":"https://example.org/1.4.0"}`

func codeOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Code
}

func TestANewerVersionIsToldWithItsNotesAndLink(t *testing.T) {
	p := newPublisher(t)
	source := Source{serve(t, saying(p.answer(newer))), p.key}
	got, err := Check(t.Context(), source, "1.3.9")
	if want := (News{"1.4.0", "Faster.", "https://example.org/1.4.0", true}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, version := range []string{"1.4.0", "1.4.1", "2.0.0-rc.1"} {
		if got, err := Check(t.Context(), source, version); err != nil || got.Newer {
			t.Errorf("%s: got %+v, %v, want nothing newer", version, got, err)
		}
	}
}

func TestWhatIsNotSignedByTheKeyIsNotBelieved(t *testing.T) {
	p, other := newPublisher(t), newPublisher(t)
	forged := strings.Replace(p.answer(newer), "1.4.0", "9.9.9", 1)
	for name, text := range map[string]string{"by another": other.answer(newer), "changed after": forged, "not at all": `{"news":"{\"version\":\"9.9.9\"}"}`} {
		if _, err := Check(t.Context(), Source{serve(t, saying(text)), p.key}, "1.0.0"); codeOf(err) != "update_unsigned" {
			t.Errorf("signed %s: got %v, want that it is not", name, err)
		}
	}
}

func TestGarbageIsNoNews(t *testing.T) {
	p := newPublisher(t)
	for name, text := range map[string]string{
		"nothing": "", "a page": "<html>", "other JSON": `{"a":1}`, "a list": "[]", "no version": p.answer(`{"notes":"x"}`), "no number": p.answer(`{"version":"latest"}`),
		"too much": p.answer(`{"version":"1.0.0","notes":"` + strings.Repeat("x", mostBytes) + `"}`),
	} {
		if _, err := Check(t.Context(), Source{serve(t, saying(text)), p.key}, "1.0.0"); codeOf(err) != "update_garbled" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestALinkThatIsNotSafeIsLeftOut(t *testing.T) {
	p := newPublisher(t)
	for _, link := range []string{"javascript:alert(1)", "http://example.org", "file:///etc/passwd", "https://a@b.example"} {
		text, _ := json.Marshal(News{Version: "1.4.0", Link: link})
		if got, err := Check(t.Context(), Source{serve(t, saying(p.answer(string(text)))), p.key}, "1.0.0"); err != nil || got.Link != "" {
			t.Errorf("%s: got %+v, %v, want no link", link, got, err)
		}
	}
}

func TestAnAddressMaySendOnToASafeOneAFewTimes(t *testing.T) {
	p := newPublisher(t)
	to := ""
	hops := 0
	from := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if hops--; hops < 0 {
			saying(p.answer(newer))(w, r)
			return
		}
		http.Redirect(w, r, to, http.StatusFound)
	})
	for _, c := range []struct {
		to   string
		hops int
		code string
	}{{"/next", mostRedirects, ""}, {"/next", mostRedirects + 1, "update_unreachable"}, {"http://example.org/", 1, "update_unreachable"}, {"ftp://example.org/", 1, "update_unreachable"}} {
		to, hops = c.to, c.hops
		if got, err := Check(t.Context(), Source{from, p.key}, "1.0.0"); codeOf(err) != c.code || (err == nil) != got.Newer {
			t.Errorf("%d times to %s: got %+v, %v, want the code %q", c.hops, c.to, got, err, c.code)
		}
	}
}

func TestAnAddressThatDoesNotAnswerIsSaid(t *testing.T) {
	p := newPublisher(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	url := gone.URL
	if _, err := Check(t.Context(), Source{url, p.key}, "1.0.0"); codeOf(err) != "update_unreachable" || !strings.Contains(err.Error(), "404") {
		t.Errorf("got %v, want the status", err)
	}
	gone.Close()
	if _, err := Check(t.Context(), Source{url, p.key}, "1.0.0"); codeOf(err) != "update_unreachable" {
		t.Errorf("got %v, want that nobody is there", err)
	}
}

func TestAskingEndsWithItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		time.Sleep(patience)
		<-ctx.Done()
		if err := unreachable(ctx, "https://example.org", ctx.Err()); codeOf(err) != "update_unreachable" || !strings.Contains(err.Error(), "within 10s") {
			t.Errorf("got %v, want how long it waited", err)
		}
	})
	held := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-held:
		case <-r.Context().Done():
		}
	})
	defer close(held)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, Source{url, newPublisher(t).key}, "1.0.0"); codeOf(err) != "update_unreachable" {
		t.Errorf("got %v, want that it was given up", err)
	}
}

func TestASourceThatMakesNoSenseIsSaidBeforeItIsAsked(t *testing.T) {
	key := newPublisher(t).key
	for name, c := range map[string]struct {
		source Source
		code   string
	}{
		"none":          {Source{}, "update_off"},
		"no key":        {Source{URL: "https://example.org"}, "update_off"},
		"without TLS":   {Source{"http://example.org/updates.json", key}, "update_source"},
		"no address":    {Source{"example.org", key}, "update_source"},
		"with a secret": {Source{"https://a:b@example.org", key}, "update_source"},
		"half a key":    {Source{"https://example.org", key[:20]}, "update_source"},
		"no base64":     {Source{"https://example.org", "ä" + key}, "update_source"},
	} {
		if _, err := Check(t.Context(), c.source, "1.0.0"); codeOf(err) != c.code {
			t.Errorf("%s: got %v, want the code %s", name, err, c.code)
		}
	}
}

func TestVersionsAreComparedBySemanticVersioning(t *testing.T) {
	order := []string{"0.0.0-dev", "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "v1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"}
	for i, a := range order {
		for j, b := range order {
			if got, want := isNewer(a, b), i > j; got != want {
				t.Errorf("%s after %s: got %v, want %v", a, b, got, want)
			}
		}
	}
	for than, want := range map[string]bool{"dev": true, "": true, "1.0.0+build.7": false, "0.3.0-dev+abc1234": true} {
		if got := isNewer("1.0.0", than); got != want {
			t.Errorf("1.0.0 after %q: got %v, want %v", than, got, want)
		}
	}
	if isNewer("latest", "1.0.0") {
		t.Error("what is no version is newer")
	}
}
