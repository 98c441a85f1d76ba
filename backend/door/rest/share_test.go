package rest_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/rest"
	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

func TestSharingIsSwitchedByPatchAndWhatIsAbsentStays(t *testing.T) {
	h := startHub(t)
	for _, c := range []struct {
		body     string
		on, open bool
	}{
		{`{"on":true}`, true, false}, {`{"open_view":true}`, true, true}, {`{"on":false}`, false, true}, {`{}`, false, true},
	} {
		got := decode[wire.Sharing](t, h.ask("PATCH", "/api/v1/sharing", c.body), http.StatusOK)
		asked := decode[wire.Sharing](t, h.get("/api/v1/sharing"), http.StatusOK)
		if got.On != c.on || got.OpenView != c.open || asked.On != c.on || asked.OpenView != c.open {
			t.Errorf("%s: got %+v, and when asked %+v", c.body, got, asked)
		}
	}
}

func TestSharingThatIsFixedIsAConflict(t *testing.T) {
	h := startHub(t)
	h.gate.state.Fixed = true
	wantError(t, h.ask("PATCH", "/api/v1/sharing", `{"on":false}`), http.StatusConflict, "conflict")
}

func TestABodyThatIsNotWhatIsWantedChangesNothing(t *testing.T) {
	h := startHub(t)
	for _, to := range []struct{ method, path, good string }{
		{"PATCH", "/api/v1/sharing", `{"on":true}`},
		{"POST", "/api/v1/keys", `{"name":"a","scopes":"view"}`},
		{"POST", "/api/v1/session", `{"key":"es_…"}`},
	} {
		field, _, _ := strings.Cut(to.good[2:], `"`)
		for body, code := range map[string]string{
			`{"nme":"a"}`:                 "unknown_field",
			strings.ToUpper(to.good):      "", // which one is wrong depends on the values
			`{"` + field + `":[1]}`:       "invalid_type",
			`[` + to.good + `]`:           "invalid_type",
			to.good + to.good:             "invalid_json",
			to.good[:len(to.good)-1]:      "invalid_json",
			"":                            "invalid_json",
			`{"` + field + "\":\"\xff\"}": "invalid_json",
		} {
			a := h.ask(to.method, to.path, body)
			if a.status != http.StatusBadRequest || code != "" && !strings.Contains(a.body, `"`+code+`"`) {
				t.Errorf("%s %s with %q: got %d %s, want 400 %s", to.method, to.path, body, a.status, a.body, code)
			}
			if a.header.Get("Set-Cookie") != "" {
				t.Errorf("%s: a cookie was set", body)
			}
		}
		for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", lines} {
			wantError(t, h.ask(to.method, to.path, to.good, "Content-Type", kind), http.StatusUnsupportedMediaType, "unsupported_media_type")
		}
	}
	if acts := h.gate.noted(); len(acts) > 0 {
		t.Errorf("%v was done", acts)
	}
}

func TestTheViewLinkIsToldAndTheKeyThatAskedIsKnown(t *testing.T) {
	h := startHub(t)
	h.key = "ops"
	if got := decode[wire.ViewLink](t, h.do("POST", "/api/v1/sharing/link", nil), http.StatusOK); got.Key != linkSecret {
		t.Errorf("got %+v", got)
	}
	acts := h.gate.noted()
	if len(acts) != 1 || acts[0].Kind != msg.LinkShown || acts[0].By.Key != "ops" {
		t.Errorf("got %+v", acts)
	}
}

func TestAKeyIsShownWhenItIsMadeAndNeverAgain(t *testing.T) {
	h := startHub(t)
	a := h.ask("POST", "/api/v1/keys", `{"name":"feeder","scopes":"publish view"}`)
	made := decode[wire.MadeKey](t, a, http.StatusCreated)
	if !strings.HasPrefix(made.Secret, "es_") || made.Key.Name != "feeder" || made.Key.Scopes != "view publish" {
		t.Fatalf("got %+v", made)
	}
	list := h.get("/api/v1/keys")
	names := []string{}
	for _, k := range decode[wire.KeyList](t, list, http.StatusOK).Keys {
		names = append(names, k.Name)
	}
	if diff := cmp.Diff([]string{"View link", "a/b", "feeder"}, names); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if strings.Contains(list.body, "es_") {
		t.Errorf("the list tells a secret: %s", list.body)
	}
	again := h.ask("POST", "/api/v1/keys", `{"name":"feeder","scopes":"view"}`)
	if wantError(t, again, http.StatusConflict, "conflict"); strings.Contains(again.body, made.Secret) {
		t.Errorf("the refusal tells the secret: %s", again.body)
	}
}

func TestAKeyNeedsKnownScopes(t *testing.T) {
	h := startHub(t)
	for _, scopes := range []string{"", " ", "read", "view,publish", "view root"} {
		body, _ := json.Marshal(wire.NewKey{Name: "a", Scopes: scopes})
		wantError(t, h.ask("POST", "/api/v1/keys", string(body)), http.StatusBadRequest, "invalid_scope")
	}
}

func TestAKeyOfAnyNameIsRevokedByThatName(t *testing.T) {
	h := startHub(t)
	for _, name := range []string{"a", "a b", "a/b/c", "/", "//", "/a", "a/", "...", "a%2Fb", "100%", "?x=1", "#", "日本 λ", "a+b", "a;b", `"\`, "..%2f"} {
		body, _ := json.Marshal(wire.NewKey{Name: name, Scopes: "view"})
		decode[wire.MadeKey](t, h.ask("POST", "/api/v1/keys", string(body)), http.StatusCreated)
		a := h.do("DELETE", "/api/v1/keys/"+url.PathEscape(name), nil)
		if a.status != http.StatusNoContent || a.body != "" {
			t.Errorf("%q: got %d %s", name, a.status, a.body)
		}
		acts := h.gate.noted()
		if last := acts[len(acts)-1]; last.Kind != msg.KeyRevoked || last.Subject != name {
			t.Errorf("%q: got %+v", name, last)
		}
		wantError(t, h.do("DELETE", "/api/v1/keys/"+url.PathEscape(name), nil), http.StatusNotFound, "not_found")
	}
}

func TestAPathThatIsNotEncodedRevokesNoOtherKey(t *testing.T) {
	h := startHub(t)
	for _, path := range []string{"a/b", "/a%2Fb", "/a/b", ""} { // none is led to another address
		if e := wantError(t, h.do("DELETE", "/api/v1/keys/"+path, nil), http.StatusNotFound, "not_found"); !strings.Contains(e.Hint, "View%20link") {
			t.Errorf("%s: got hint %q, want how a name is written", path, e.Hint)
		}
	}
	if n := len(h.gate.Keys()); n != 2 {
		t.Errorf("%d keys are left, want 2", n)
	}
}

func TestASessionSwapsAKeyForACookieThatNoScriptReads(t *testing.T) {
	h := startHub(t)
	h.scopes = 0
	a := h.ask("POST", "/api/v1/session", `{"key":"`+linkSecret+`"}`)
	if got, want := decode[wire.Session](t, a, http.StatusOK), (wire.Session{Scopes: "view", Key: "View link"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got cookies %v, want one", cookies)
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("got cookie %v", c)
	}
	if strings.Contains(a.body, "es_") || strings.Contains(a.body, "hash") {
		t.Errorf("the answer has a secret: %s", a.body)
	}
}

func TestASessionIsRefusedForAKeyThatOpensNothing(t *testing.T) {
	h := startHub(t)
	h.scopes = 0
	for _, c := range []struct {
		key    string
		status int
		code   string
		retry  string
	}{
		{"es_wrong", http.StatusUnauthorized, "unknown_key", ""},
		{"", http.StatusUnauthorized, "unknown_key", ""},
		{"es_ab", http.StatusForbidden, "forbidden", ""},
		{"es_tired", http.StatusTooManyRequests, "limit_exceeded", "60"},
	} {
		a := h.ask("POST", "/api/v1/session", `{"key":"`+c.key+`"}`)
		wantError(t, a, c.status, c.code)
		if len(a.header.Values("Set-Cookie")) > 0 || a.header.Get("Retry-After") != c.retry {
			t.Errorf("%q: got %v", c.key, a.header)
		}
		if c.key != "" && strings.Contains(a.body, c.key) {
			t.Errorf("%q: the refusal repeats the key: %s", c.key, a.body)
		}
	}
}

func TestASessionEndsByACookieThatIsGoneAtOnce(t *testing.T) {
	h := startHub(t)
	h.scopes = 0
	a := h.do("DELETE", "/api/v1/session", nil)
	cookies := (&http.Response{Header: a.header}).Cookies()
	if a.status != http.StatusNoContent || len(cookies) != 1 || cookies[0].MaxAge >= 0 || cookies[0].Value != "" || cookies[0].Path != "/" {
		t.Errorf("got %d %v", a.status, cookies)
	}
}

func TestACallerIsToldWhatItMayDo(t *testing.T) {
	h := startHub(t)
	h.scopes, h.key = msg.MayView|msg.MayAdmin, "ops"
	if got, want := decode[wire.Session](t, h.get("/api/v1/session"), http.StatusOK), (wire.Session{Scopes: "view admin", Key: "ops"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	h.scopes, h.key = 0, ""
	if got := decode[wire.Session](t, h.get("/api/v1/session"), http.StatusOK); got != (wire.Session{}) {
		t.Errorf("without a key: got %+v", got)
	}
}

func TestTheAuditComesInPagesNewestFirst(t *testing.T) {
	h := startHub(t)
	h.gate.entries = 250
	path, seen, pages := "/api/v1/audit", []uint64{}, 0
	for before := ""; pages < 5; pages++ {
		page := decode[wire.AuditPage](t, h.get(path+before), http.StatusOK)
		for _, e := range page.Entries {
			seen = append(seen, e.ID)
		}
		if page.Before == 0 {
			break
		}
		before = "?before=" + strconv.FormatUint(page.Before, 10)
	}
	if pages != 2 || len(seen) != 250 || seen[0] != 250 || seen[249] != 1 {
		t.Errorf("got %d pages and %d entries from %d on", pages+1, len(seen), seen[0])
	}
	if got := decode[wire.AuditPage](t, h.get(path+"?limit=250"), http.StatusOK); len(got.Entries) != 250 || got.Before != 0 {
		t.Errorf("a page of all: got %d entries and before %d, want no other page", len(got.Entries), got.Before)
	}
	if got := h.get(path + "?before=1").body; got != "{\"entries\":[]}\n" {
		t.Errorf("behind the last: got %s", got)
	}
}

func TestWhatChangesTheHubIsNotedWithWhoDidIt(t *testing.T) {
	h := startHub(t)
	h.key = "ops"
	h.ask("PATCH", "/api/v1/lanes/%2Fws", `{"interval":"10ms"}`)
	h.ask("PATCH", "/api/v1/lanes/%2Fws", `{"interval":"soon"}`)
	h.do("DELETE", "/api/v1/clients/sio%2F1", nil)
	h.do("DELETE", "/api/v1/clients/none", nil)
	by := msg.Caller{Scopes: msg.AllScopes, Key: "ops"}
	want := []msg.Act{
		{Kind: msg.LaneChanged, By: by, Door: msg.DoorREST, Subject: "/ws"},
		{Kind: msg.ClientDisconnected, By: by, Door: msg.DoorREST, Subject: "sio/1"},
	}
	got := h.gate.noted()
	for i := range got {
		got[i].By.Address = by.Address // netip.Addr is not for cmp to look into
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTheLimitsAreListed(t *testing.T) {
	want := wire.LimitList{Limits: []wire.Limit{{Name: "max_body", Value: "1048576", Reached: 3, About: "Bytes."}}}
	if diff := cmp.Diff(want, decode[wire.LimitList](t, startHub(t).get("/api/v1/limits"), http.StatusOK)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingAboutAccessIsKeptByACache(t *testing.T) {
	h := startHub(t)
	for _, c := range [][3]string{
		{"GET", "/api/v1/sharing", ""}, {"PATCH", "/api/v1/sharing", `{}`}, {"POST", "/api/v1/sharing/link", ""},
		{"GET", "/api/v1/keys", ""}, {"POST", "/api/v1/keys", `{"name":"a","scopes":"view"}`}, {"DELETE", "/api/v1/keys/a", ""}, {"DELETE", "/api/v1/keys/a", ""},
		{"GET", "/api/v1/session", ""}, {"POST", "/api/v1/session", `{"key":"` + linkSecret + `"}`}, {"POST", "/api/v1/session", `{"key":"x"}`},
		{"DELETE", "/api/v1/session", ""}, {"GET", "/api/v1/audit", ""}, {"GET", "/api/v1/limits", ""},
	} {
		if a := h.ask(c[0], c[1], c[2]); a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: got %d with Cache-Control %q, want no-store", c[0], c[1], a.status, a.header.Get("Cache-Control"))
		}
	}
}

func TestASecretStandsInNoLogLineAndNoRefusal(t *testing.T) {
	var log strings.Builder
	h := startHub(t, func(o *rest.Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	h.broken = http.ErrBodyNotAllowed // what is our mistake is logged
	const secret = "es_topsecret"
	answers := []answer{
		h.ask("POST", "/api/v1/session", `{"key":"`+secret+`"}`),
		h.ask("POST", "/api/v1/session", `{"key":"`+secret+`"`),
		h.ask("POST", "/api/v1/session", `{"key":"`+secret+`","more":1}`),
		h.ask("POST", "/api/v1/session", `{"key":["`+secret+`"]}`),
		h.ask("POST", "/api/v1/session", `"`+secret+`"`),
		h.ask("POST", "/api/v1/session", `{"key":"`+secret+`"}`, "Content-Type", "text/plain"),
		h.get("/api/v1/stats?key="+secret, "Authorization", "Bearer "+secret),
		h.ask("POST", "/api/v1/messages", `{"event":"a"}`, "Authorization", "Bearer "+secret),
		h.ask("POST", "/api/v1/messages?key="+secret, `{"event":"a"}`, "Authorization", "Bearer "+secret),
	}
	for i, a := range answers {
		if a.status < 400 || strings.Contains(a.body, "topsecret") {
			t.Errorf("request %d: got %d %s", i, a.status, a.body)
		}
	}
	if text := log.String(); strings.Contains(text, "topsecret") || !strings.Contains(text, "Request failed") {
		t.Errorf("got log %q, want our mistake and no secret", text)
	}
}
