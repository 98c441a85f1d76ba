package server

import (
	"log/slog"
	"net/netip"
	"testing"

	"emitscope/backend/access"
	"emitscope/backend/config"
)

func TestAHubThatIsSharedTellsAnAddressToConnectTo(t *testing.T) {
	cfg := config.Defaults()
	cfg.DataDir, cfg.Addr, cfg.LAN = t.TempDir(), "127.0.0.1:0", true
	s, err := New(cfg, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	want := access.Reachable()
	if want == "" { // without a network there is nothing better to tell
		want = netip.MustParseAddrPort(s.listener.Addr().String()).Addr().String()
	}
	if got := netip.MustParseAddrPort(s.hello().Address).Addr().String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
