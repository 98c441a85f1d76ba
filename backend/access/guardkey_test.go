package access_test

import (
	"errors"
	"maps"
	"net/http"
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
	check(t, guarded(t, access.Options{}), []request{
		{header: map[string]string{"X-Forwarded-For": "192.0.2.7"}, want: ""},
		{header: map[string]string{"Forwarded": "for=192.0.2.7"}, want: ""},
	})
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

func TestScopesKnowsKeysThatComeInsideAConnection(t *testing.T) {
	keys := openKeys(t)
	secret := makeKey(t, keys, "viewer", msg.MayView)
	g := newGuard(t, access.Options{Keys: keys})
	for range 100 {
		if _, err := g.Scopes("es_wrong"); !errors.Is(err, fault.Unauthorized) {
			t.Fatalf("got %v, want Unauthorized", err)
		}
	}
	if _, err := g.Scopes("es_wrong"); !errors.Is(err, fault.TooMany) {
		t.Errorf("wrong key 101: got %v, want TooMany", err)
	}
	if got, err := g.Scopes(secret); got != msg.MayView || err != nil {
		t.Errorf("got %v, %v, want view", got, err)
	}
}
