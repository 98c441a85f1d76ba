package wire_test

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/door/wire"
	"emitscope/backend/msg"
)

func TestAnAddressIsToldAsABrowserTakesIt(t *testing.T) {
	s := msg.Sharing{Port: 8092, Addresses: []msg.Address{
		{Host: "192.168.1.20", Kind: msg.WiFi}, {Host: "fd00::1", Kind: msg.VPN}, {Host: "studio.local", Kind: msg.ByName},
	}}
	want := []wire.ShareAddress{
		{Host: "192.168.1.20", URL: "http://192.168.1.20:8092", Kind: "wifi"},
		{Host: "fd00::1", URL: "http://[fd00::1]:8092", Kind: "vpn"},
		{Host: "studio.local", URL: "http://studio.local:8092", Kind: "name"},
	}
	if diff := cmp.Diff(want, wire.SharingOf(s).Addresses); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.TLS = true
	for i, a := range wire.SharingOf(s).Addresses {
		if want := strings.Replace(want[i].URL, "http:", "https:", 1); a.URL != want {
			t.Errorf("with TLS: got %s, want %s", a.URL, want)
		}
	}
}

func TestWhatNeverHappenedHasNoTime(t *testing.T) {
	key := wire.KeyOf(msg.Key{Name: "a", Scopes: msg.MayView | msg.MayAdmin, Created: noon})
	if key.LastUsed != "" || key.Created != wire.Time(noon) || key.Scopes != "view admin" {
		t.Errorf("got %+v", key)
	}
	if s := wire.SharingOf(msg.Sharing{}); s.LastCaller != nil {
		t.Errorf("got %+v, want no last caller", s)
	}
	s := wire.SharingOf(msg.Sharing{LastCaller: &msg.LastCaller{Address: "192.168.1.77", At: noon}})
	if s.LastCaller.Address != "192.168.1.77" || s.LastCaller.Time != wire.Time(noon) {
		t.Errorf("got %+v", s.LastCaller)
	}
}

func TestAnEntryOfTheAuditSaysWhenItBeganAndWhetherThereWereSeveral(t *testing.T) {
	e := msg.AuditEntry{
		Act: msg.Act{
			Kind: msg.Refused, Door: msg.DoorREST, Subject: "unknown_key", Detail: "the key is unknown",
			By: msg.Caller{Address: netip.MustParseAddr("192.168.1.77"), Key: "feeder"},
		},
		ID: 7, First: noon, Last: noon, Count: 1,
	}
	want := wire.AuditEntry{
		ID: 7, Time: wire.Time(noon), Count: 1, Kind: "refused", Door: "rest", Address: "192.168.1.77", Key: "feeder",
		Subject: "unknown_key", Detail: "the key is unknown",
	}
	if diff := cmp.Diff(want, wire.AuditEntryOf(e)); diff != "" {
		t.Errorf("one (-want +got):\n%s", diff)
	}
	e.Count, e.Last, e.By.Address, e.By.Local = 3, noon.Add(time.Second), netip.Addr{}, true
	want.Count, want.Last, want.Address, want.Local = 3, wire.Time(noon.Add(time.Second)), "", true
	if diff := cmp.Diff(want, wire.AuditEntryOf(e)); diff != "" {
		t.Errorf("several (-want +got):\n%s", diff)
	}
}

func TestAPatchOfSharingKnowsWhatIsAbsent(t *testing.T) {
	for text, want := range map[string][2]string{
		`{}`: {"-", "-"}, `{"on":false}`: {"false", "-"}, `{"on":true,"open_view":false}`: {"true", "false"}, `{"open_view":true}`: {"-", "true"},
	} {
		var p wire.SharingPatch
		if err := wire.DecodeStrict([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		got := [2]string{told(p.Patch().On), told(p.Patch().OpenView)}
		if got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func told(b *bool) string {
	if b == nil {
		return "-"
	}
	text, _ := json.Marshal(b)
	return string(text)
}

func TestWhatTheHubCanSayIsAmongWhatIsDocumented(t *testing.T) {
	var kinds []string
	for _, k := range msg.ActKinds() {
		kinds = append(kinds, string(k))
	}
	networks := []string{string(msg.WiFi), string(msg.Ethernet), string(msg.VPN), string(msg.Virtual), string(msg.ByName), string(msg.Network)}
	doors := []string{string(msg.DoorREST), string(msg.DoorSocketIO), string(msg.DoorWebSocket)}
	for _, c := range []struct {
		in    reflect.Type
		field string
		want  []string
	}{
		{reflect.TypeFor[wire.AuditEntry](), "Kind", kinds},
		{reflect.TypeFor[wire.AuditEntry](), "Door", doors},
		{reflect.TypeFor[wire.ShareAddress](), "Kind", networks},
	} {
		f, _ := c.in.FieldByName(c.field)
		if diff := cmp.Diff(c.want, strings.Split(f.Tag.Get("enum"), ",")); diff != "" {
			t.Errorf("%s.%s (-want +got):\n%s", c.in.Name(), c.field, diff)
		}
	}
}
