package server

import (
	"context"
	"net"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"emitscope/backend/access"
	"emitscope/backend/access/mdns"
	"emitscope/backend/config"
	"emitscope/backend/msg"
)

// village is a network that answers what it is told to.
type village struct {
	set    []bool
	host   string
	others []msg.OtherHub
}

func (v *village) Run(context.Context) error { return nil }
func (v *village) Set(on bool)               { v.set = append(v.set, on) }
func (v *village) Others() []msg.OtherHub    { return v.others }
func (v *village) Host() string              { return v.host }

// newQuiet returns a hub that listens and does not run, on a machine with the
// addresses given.
func newQuiet(t *testing.T, change func(*config.Config), ways ...access.Way) *Server {
	t.Helper()
	cfg := config.Defaults()
	cfg.Addr, cfg.DataDir, cfg.MDNS = "127.0.0.1:0", t.TempDir(), false
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg, "1.2.3", quietLog())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.lan.ways = func() ([]access.Way, error) { return ways, nil }
	if _, err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	return s
}

func way(addr string, kind msg.AddressKind) access.Way {
	return access.Way{Addr: netip.MustParseAddr(addr), Kind: kind}
}

func TestAHubIsAnnouncedWhileItIsShared(t *testing.T) {
	s := newQuiet(t, nil, way("192.0.2.7", msg.WiFi), way("10.8.0.2", msg.VPN), way("fd00::7", msg.WiFi), way("fe80::7%eth0", msg.WiFi))
	v := &village{host: "studio.local", others: []msg.OtherHub{{Name: "attic", URL: "http://192.0.2.9:8092"}}}
	s.neighbours = v
	on, off := true, false
	for _, p := range []msg.SharingPatch{{On: &on}, {On: &on}, {OpenView: &on}, {On: &off}} {
		if _, err := s.Share(msg.Caller{}, p); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]bool{true, false}, v.set); diff != "" {
		t.Errorf("switched: -want +got:\n%s", diff)
	}
	state := s.Sharing()
	want := []msg.Address{
		{Host: "192.0.2.7", Kind: msg.WiFi}, {Host: "studio.local", Kind: msg.ByName}, {Host: "10.8.0.2", Kind: msg.VPN}, {Host: "fd00::7", Kind: msg.WiFi},
	}
	if diff := cmp.Diff(want, state.Addresses); diff != "" {
		t.Errorf("addresses: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(v.others, state.Others); diff != "" {
		t.Errorf("others: -want +got:\n%s", diff)
	}
}

func TestASharedHubTellsPeopleAnAddressThatOthersReach(t *testing.T) {
	wifi := way("192.0.2.7", msg.WiFi)
	s := newQuiet(t, nil, wifi)
	if got, want := s.hello().Sharing.Address, s.listener.Addr().String(); got != want {
		t.Errorf("not shared: got %s, want its own, %s", got, want)
	}
	on := true
	state, err := s.Share(msg.Caller{}, msg.SharingPatch{On: &on})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.hello().Sharing.Address, net.JoinHostPort("192.0.2.7", s.lan.port); got != want || state.Port == 0 {
		t.Errorf("shared: got %s, port %d, want %s", got, state.Port, want)
	}
}

func TestAHubThatListensOnOneAddressIsReachedByThatAlone(t *testing.T) {
	own, err := access.Ways()
	if err != nil || len(own) == 0 {
		t.Skip("this machine has no address but loopback")
	}
	s := newQuiet(t, func(c *config.Config) { c.LAN, c.Addr = true, net.JoinHostPort(own[0].Addr.String(), "0") },
		way("203.0.113.1", msg.VPN), own[0], way("203.0.113.2", msg.VPN))
	if got := s.Sharing().Addresses; len(got) != 1 || got[0].Host != own[0].Addr.String() {
		t.Errorf("got %+v, want %s alone", got, own[0].Addr)
	}
}

func TestWhoIsLetInIsAskedAgainWhetherItIsWelcome(t *testing.T) {
	s := newQuiet(t, func(c *config.Config) { c.LAN, c.OpenView = true, true })
	if _, _, err := s.MakeKey(msg.Caller{}, "viewer", msg.MayView); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.MakeKey(msg.Caller{}, "producer", msg.MayPublish); err != nil {
		t.Fatal(err)
	}
	local := msg.Caller{Local: true, Scopes: msg.AllScopes}
	open := msg.Caller{Scopes: msg.MayView}
	stranger := msg.Caller{} // it may show a key later
	viewer := msg.Caller{Scopes: msg.MayView, Key: "viewer"}
	producer := msg.Caller{Scopes: msg.MayPublish, Key: "producer"}
	watching := msg.Caller{Scopes: msg.MayPublish | msg.MayView, Key: "producer"}
	localViewer := msg.Caller{Local: true, Scopes: msg.AllScopes, Key: "viewer"}
	wants := func(when string, welcome ...msg.Caller) {
		t.Helper()
		for _, c := range []msg.Caller{local, open, stranger, viewer, producer, watching, localViewer} {
			want := false
			for _, w := range welcome {
				want = want || w == c
			}
			if err := s.welcome(c); (err == nil) != want {
				t.Errorf("%s: %+v: got %v, want welcome %v", when, c, err, want)
			}
		}
	}
	wants("shared and open", local, open, stranger, viewer, producer, watching, localViewer)
	off := false
	if _, err := s.Share(local, msg.SharingPatch{OpenView: &off}); err != nil {
		t.Fatal(err)
	}
	wants("shared", local, stranger, viewer, producer, localViewer)
	if err := s.RevokeKey(local, "viewer"); err != nil {
		t.Fatal(err)
	}
	wants("without the key", local, stranger, producer)
	if _, err := s.Share(local, msg.SharingPatch{On: &off}); err != nil {
		t.Fatal(err)
	}
	wants("not shared", local)
}

func TestALimitThatNobodyKnowsIsPassedOver(t *testing.T) {
	l := newLimits(config.Defaults())
	l.reached("max_nothing")
	l.reached("max_rooms")
	for _, one := range l.list() {
		if want := one.Name == "max_rooms"; (one.Reached == 1) != want {
			t.Errorf("%s: reached %d times", one.Name, one.Reached)
		}
	}
}

func TestOnlyAHubThatMayIsAnnounced(t *testing.T) {
	for _, on := range []bool{true, false} {
		s := newQuiet(t, func(c *config.Config) { c.MDNS = on }) // it does not run, so nothing is sent
		if _, announced := s.neighbours.(*mdns.Announcer); announced != on {
			t.Errorf("mdns %v: announced %v", on, announced)
		}
	}
}
