package server

import (
	"log/slog"
	"net/netip"
	"testing"

	"emitscope/backend/access"
	"emitscope/backend/config"
)

func TestAHubThatIsSharedTellsAnAddressToConnectTo(t *testing.T) {
	host := access.Reachable()
	if host == "" {
		t.Skip("this machine has no network")
	}
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
	if got := netip.MustParseAddrPort(s.hello().Address).Addr().String(); got != host {
		t.Errorf("got %s, want %s", got, host)
	}
}
