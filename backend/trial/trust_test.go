package trial

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"emitscope/backend/fault"
)

func TestEveryWayInTrustsTheCertificateWithTheFingerprintAndNoOther(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusTeapot)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	right, wrong := hex.EncodeToString(sum[:]), strings.Repeat("0", 64)

	for name, connect := range map[string]func(context.Context, Plan) error{
		"native":    func(ctx context.Context, p Plan) error { _, err := p.native(ctx); return err },
		"websocket": func(ctx context.Context, p Plan) error { _, err := p.socketIO(ctx, "/"); return err },
		"polling":   func(ctx context.Context, p Plan) error { _, err := p.poll(ctx); return err },
		"rest":      func(ctx context.Context, p Plan) error { _, err := p.restSender(ctx, nil); return err },
		"lane":      func(ctx context.Context, p Plan) error { _, err := setLane(ctx, p); return err },
	} {
		for fingerprint, code := range map[string]string{wrong: "wrong_fingerprint", "": "unknown_certificate"} {
			asked.Store(0)
			p := Plan{Target: server.URL, Key: "secret", Fingerprint: fingerprint}.withDefaults()
			if err := connect(t.Context(), p); fault.From(err) == nil || fault.From(err).Code != code || asked.Load() != 0 {
				t.Errorf("%s with fingerprint %q: got %v, asked %d times; want %s, and never", name, fingerprint, err, asked.Load(), code)
			}
		}
		p := Plan{Target: server.URL, Fingerprint: right}.withDefaults()
		if err := connect(t.Context(), p); asked.Load() == 0 {
			t.Errorf("%s with the right one: got %v, want the server to be asked", name, err)
		}
	}
}

func TestAPlanWithAFingerprintThatCannotHoldIsRefused(t *testing.T) {
	for _, p := range []Plan{
		{Target: "http://127.0.0.1:1", Fingerprint: strings.Repeat("0", 64)},
		{Target: "https://127.0.0.1:1", Fingerprint: "zz"},
	} {
		p.Clients = 1
		if err := p.withDefaults().check(); !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "fingerprint") {
			t.Errorf("%s %q: got %v, want an Invalid error about the fingerprint", p.Target, p.Fingerprint, err)
		}
	}
}
