package server

import (
	"errors"
	"log/slog"
	"net"
	"testing"

	"emitscope/backend/config"
	"emitscope/backend/internal/testkit"
	"emitscope/backend/msg"
)

// breaking is a listener that breaks when it is told to.
type breaking struct {
	net.Listener
	broken chan error
}

func (b breaking) Accept() (net.Conn, error) { return nil, <-b.broken }

func TestAHubThatBreaksDownEndsThoughAnExperimentRuns(t *testing.T) {
	testkit.NoLeaks(t)
	cfg := config.Defaults()
	cfg.Addr, cfg.DataDir, cfg.MDNS = "127.0.0.1:0", t.TempDir(), false
	s, err := New(cfg, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	broken := make(chan error, 1)
	s.listener = breaking{s.listener, broken}
	ended := make(chan error)
	go func() {
		_, err := s.Run(t.Context())
		ended <- err
	}()
	if _, err := s.lab.Start(t.Context(), msg.DefaultExperiment()); err != nil {
		t.Fatal(err)
	}
	why := errors.New("the network is gone")
	broken <- why
	if got := <-ended; !errors.Is(got, why) {
		t.Errorf("got %v, want why it broke down", got)
	}
	if got := s.lab.State().State; got != msg.ExperimentCancelled {
		t.Errorf("the experiment is %s, want cancelled", got)
	}
}
