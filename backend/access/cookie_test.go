package access_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"emitscope/backend/access"
	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// entering is a request by which somebody elsewhere swaps a key for a cookie.
func entering(host string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/api/v1/session", nil)
	r.Host = host
	return r.WithContext(msg.WithCaller(r.Context(), at("192.0.2.7")))
}

func enter(t *testing.T, g *access.Guard, host, secret string) *http.Cookie {
	t.Helper()
	c, _, err := g.Enter(entering(host), secret)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cookieFor is the value of the cookie that a key is swapped for.
func cookieFor(t *testing.T, k *access.Keys, secret string) string {
	t.Helper()
	return enter(t, newGuard(t, access.Options{Keys: k}), "127.0.0.1:8092", secret).Value
}

func cookie(name, value string) map[string]string {
	return map[string]string{"Cookie": name + "=" + value}
}

func TestACookieLetsViewOnlyWhateverItsKeyAllows(t *testing.T) {
	keys := openKeys(t)
	secret := makeKey(t, keys, "boss", msg.AllScopes)
	c := enter(t, newGuard(t, access.Options{Keys: keys}), "127.0.0.1:8092", secret)
	check(t, guarded(t, access.Options{Keys: keys}), []request{
		{from: elsewhere, header: cookie(c.Name, c.Value), want: "view"},
		{from: elsewhere, header: map[string]string{"Cookie": c.Name + "=" + c.Value, "Origin": "http://127.0.0.1:8092"}, want: "view"},
		{from: elsewhere, header: map[string]string{"Cookie": c.Name + "=" + c.Value, "Origin": "http://127.0.0.1:3000"}, want: "wrong_origin"},
		{header: map[string]string{"Cookie": c.Name + "=" + c.Value, "Origin": "http://localhost:5173"}, want: "view publish"},
	})
}

func TestEnterTellsAllThatTheKeyAllows(t *testing.T) {
	keys := openKeys(t)
	_, c, err := newGuard(t, access.Options{Keys: keys}).Enter(entering("127.0.0.1:8092"), makeKey(t, keys, "boss", msg.AllScopes))
	if err != nil || c.Scopes != msg.AllScopes || c.Key != "boss" {
		t.Errorf("got %+v, %v, want all scopes and the key's name", c, err)
	}
}

func TestACookieIsOutOfReachOfScriptsAndOtherSites(t *testing.T) {
	keys := openKeys(t)
	c := enter(t, newGuard(t, access.Options{Keys: keys}), "192.0.2.5:8092", makeKey(t, keys, "viewer", msg.MayView))
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
		t.Errorf("got %v, want HttpOnly, SameSite=Strict, Path=/, no Domain, and an age", c)
	}
}

func TestACookieKnowsItsHubsPort(t *testing.T) {
	keys := openKeys(t)
	g := newGuard(t, access.Options{Keys: keys})
	secret := makeKey(t, keys, "viewer", msg.MayView)
	for host, want := range map[string]string{"192.0.2.5:8092": "emitscope_8092", "[2001:db8::5]:9000": "emitscope_9000", "hub.example": "emitscope"} {
		if got := enter(t, g, host, secret).Name; got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
	value := cookieFor(t, keys, secret)
	check(t, g.Wrap(showScopes()), []request{
		{from: elsewhere, header: cookie("emitscope_8092", value), want: "view"},
		{from: elsewhere, header: cookie("emitscope_8093", value), want: ""},
	})
}

func TestACookieHoldsOnlyAsLongAsItsKey(t *testing.T) {
	keys := openKeys(t)
	c := cookie("emitscope_8092", cookieFor(t, keys, makeKey(t, keys, "viewer", msg.MayView)))
	h := guarded(t, access.Options{Keys: keys})
	check(t, h, []request{{from: elsewhere, header: c, want: "view"}})
	if err := keys.Revoke("viewer"); err != nil {
		t.Fatal(err)
	}
	check(t, h, []request{{from: elsewhere, header: c, want: ""}}) // it comes in, without scopes
}

func TestAnUnknownCookieIsIgnoredHoweverOftenItComes(t *testing.T) {
	h := guarded(t, access.Options{Keys: openKeys(t), MaxFailedKeys: 1})
	for _, value := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "es_wrong"} {
		check(t, h, []request{{from: elsewhere, header: cookie("emitscope_8092", value), want: ""}})
	}
}

func TestTheValueOfACookieIsNoKey(t *testing.T) {
	keys := openKeys(t)
	secret := makeKey(t, keys, "boss", msg.AllScopes)
	value := cookieFor(t, keys, secret)
	if got := scopesOf(t, keys, value); got != 0 {
		t.Errorf("got %q with a cookie's value as the key, want nothing", got)
	}
	check(t, guarded(t, access.Options{Keys: keys}), []request{
		{from: elsewhere, header: map[string]string{"Authorization": "Bearer " + value}, want: "unknown_key"},
		{from: elsewhere, header: cookie("emitscope_8092", secret), want: ""},
	})
}

func TestAKeyIsTakenBeforeACookie(t *testing.T) {
	keys := openKeys(t)
	value := cookieFor(t, keys, makeKey(t, keys, "viewer", msg.MayView))
	h := cookie("emitscope_8092", value)
	h["Authorization"] = "Bearer " + makeKey(t, keys, "sensor", msg.MayPublish)
	check(t, guarded(t, access.Options{Keys: keys}), []request{{from: elsewhere, header: h, want: "publish"}})
}

func TestACookieIsNotCountedForWhoMayViewHereWithoutIt(t *testing.T) {
	keys := openKeys(t)
	c := cookie("emitscope_8092", cookieFor(t, keys, makeKey(t, keys, "viewer", msg.MayView)))
	h := newGuard(t, access.Options{Keys: keys}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(msg.CallerOf(r.Context()).Key))
	}))
	check(t, h, []request{{header: c, want: ""}, {from: elsewhere, header: c, want: "viewer"}})
}

func TestAKeyThatMayNotViewGetsNoCookie(t *testing.T) {
	keys := openKeys(t)
	a := quiet()
	g := newGuard(t, access.Options{Keys: keys, Audit: a})
	if c, _, err := g.Enter(entering("127.0.0.1:8092"), makeKey(t, keys, "sensor", msg.MayPublish)); !errors.Is(err, fault.Forbidden) || c != nil {
		t.Errorf("got %v, %v, want Forbidden", c, err)
	}
	if page := a.Page(0, 10); len(page) != 1 || page[0].Kind != msg.Refused || page[0].By.Key != "sensor" || page[0].Subject != "forbidden" {
		t.Errorf("got %+v noted, want that the key was refused", page)
	}
	if c, _, err := g.Enter(entering("127.0.0.1:8092"), "es_wrong"); !errors.Is(err, fault.Unauthorized) || c != nil {
		t.Errorf("got %v, %v, want Unauthorized", c, err)
	}
}

func TestLeaveTakesTheCookieAway(t *testing.T) {
	keys := openKeys(t)
	g := newGuard(t, access.Options{Keys: keys})
	came := enter(t, g, "192.0.2.5:8092", makeKey(t, keys, "viewer", msg.MayView))
	gone := g.Leave(entering("192.0.2.5:8092"))
	if gone.Name != came.Name || gone.Path != came.Path || gone.Value != "" || gone.MaxAge >= 0 || !gone.HttpOnly {
		t.Errorf("got %v, want the cookie of %v, empty and gone at once", gone, came)
	}
}
