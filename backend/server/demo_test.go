package server

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"emitscope/backend/config"
	"emitscope/backend/internal/testkit"
)

func TestADemoThatWasStoppedBeforeItsClientsCameHasNone(t *testing.T) {
	cfg := config.Defaults()
	cfg.DataDir = t.TempDir()
	s, err := New(cfg, "1.2.3", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var clients atomic.Int32
	s.made.hub = func() string { clients.Add(1); return "" }
	if err := s.made.StartDemo(); err != nil {
		t.Fatal(err)
	}
	if err := s.made.StopDemo(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.made.Run(ctx) }()
	testkit.Eventually(t, func() bool { return len(s.made.begun) == 0 }, "that the start was heard of")
	stop()
	if err := <-ended; err != nil || clients.Load() != 0 {
		t.Errorf("got %v and %d clients, want none", err, clients.Load())
	}
}
