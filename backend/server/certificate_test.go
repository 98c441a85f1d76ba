package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"emitscope/backend/config"
	"emitscope/backend/fault"
)

func tlsSettings(t *testing.T) config.Config {
	cfg := config.Defaults()
	cfg.DataDir, cfg.TLS = t.TempDir(), true
	return cfg
}

func open(t *testing.T, cfg config.Config) certificate {
	t.Helper()
	c, err := openCertificate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheHubsOwnCertificateIsMadeOnceAndKeptToItself(t *testing.T) {
	cfg := tlsSettings(t)
	first := open(t, cfg)
	if again := open(t, cfg); again.fingerprint != first.fingerprint {
		t.Errorf("got %s at the second start, want %s again", again.fingerprint, first.fingerprint)
	}
	if other := open(t, tlsSettings(t)); other.fingerprint == first.fingerprint {
		t.Error("two hubs have the same certificate")
	}
	for _, name := range []string{"tls.crt", "tls.key"} {
		info, err := os.Stat(filepath.Join(cfg.DataDir, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v, want it for its owner alone", name, info.Mode(), err)
		}
	}
	if !regexp.MustCompile(`^([0-9A-F]{2}:){31}[0-9A-F]{2}$`).MatchString(first.fingerprint) {
		t.Errorf("got %q, want a SHA-256 as browsers show it", first.fingerprint)
	}
	leaf := first.config.Certificates[0].Leaf
	if !slices.Contains(leaf.DNSNames, "localhost") || leaf.NotAfter.Before(time.Now().Add(700*24*time.Hour)) {
		t.Errorf("got a certificate for %q until %v, want localhost, and two years", leaf.DNSNames, leaf.NotAfter)
	}
	if got := first.config.NextProtos; !slices.Equal(got, []string{"http/1.1"}) {
		t.Errorf("got protocols %q, want http/1.1 alone", got)
	}
}

func TestACertificateThatHasExpiredIsMadeAnew(t *testing.T) {
	cfg := tlsSettings(t)
	cert, key, err := makeCertificate(time.Now().Add(-ownFor - time.Second))
	if err != nil {
		t.Fatal(err)
	}
	keep(t, filepath.Join(cfg.DataDir, "tls.crt"), cert)
	keep(t, filepath.Join(cfg.DataDir, "tls.key"), key)
	old, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	got := open(t, cfg)
	if got.fingerprint == certificateOf(old).fingerprint || time.Now().After(got.config.Certificates[0].Leaf.NotAfter) {
		t.Error("the hub goes on with the certificate that has expired")
	}
}

func TestACertificateThatIsDamagedIsNotReplacedWithoutAWord(t *testing.T) {
	for _, name := range []string{"tls.crt", "tls.key"} {
		cfg := tlsSettings(t)
		open(t, cfg)
		keep(t, filepath.Join(cfg.DataDir, name), []byte("garbage"))
		_, err := openCertificate(cfg)
		if f := fault.From(err); !errors.Is(err, fault.Conflict) || f.Code != "bad_certificate" || !strings.Contains(f.Message, cfg.DataDir) || !strings.Contains(f.Hint, "tls.key") {
			t.Errorf("%s damaged: got %+v, want a Conflict that says where, and what to delete", name, f)
		}
	}
}

func TestTheCertificateThatTheSettingsNameIsUsed(t *testing.T) {
	cert, key, err := makeCertificate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Defaults()
	cfg.DataDir = t.TempDir()
	if c := open(t, cfg); c.config != nil || c.fingerprint != "" {
		t.Error("there is a certificate that nobody asked for")
	}
	folder := t.TempDir()
	cfg.TLSCert, cfg.TLSKey = filepath.Join(folder, "c.pem"), filepath.Join(folder, "k.pem")
	keep(t, cfg.TLSCert, cert)
	if _, err := openCertificate(cfg); !errors.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "k.pem") {
		t.Errorf("without a key: got %v, want a Conflict that names the file", err)
	}
	keep(t, cfg.TLSKey, key)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := open(t, cfg).fingerprint, certificateOf(pair).fingerprint; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "tls.crt")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the hub made one itself: %v", err)
	}
}

// named returns settings that name a certificate made at this time.
func named(t *testing.T, made time.Time) config.Config {
	t.Helper()
	cert, key, err := makeCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	cfg, folder := config.Defaults(), t.TempDir()
	cfg.Addr, cfg.DataDir, cfg.MDNS = "127.0.0.1:0", t.TempDir(), false
	cfg.TLSCert, cfg.TLSKey = filepath.Join(folder, "c.pem"), filepath.Join(folder, "k.pem")
	keep(t, cfg.TLSCert, cert)
	keep(t, cfg.TLSKey, key)
	return cfg
}

// diary is a log that is read while it is written.
type diary struct {
	mu   sync.Mutex
	text []byte
}

func (d *diary) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text = append(d.text, line...)
	return len(line), nil
}

func (d *diary) count(words string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Count(d.text, []byte(words))
}

func TestACertificateThatHasExpiredIsServedAndSaidEveryDay(t *testing.T) {
	for left, want := range map[time.Duration][]int{ // lines at the start, and after each of three days
		-time.Hour:     {1, 2, 3, 4},
		0:              {1, 2, 3, 4},
		30 * time.Hour: {0, 0, 1, 2},
		99 * time.Hour: {0, 0, 0, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := open(t, named(t, time.Now().Add(left-ownFor)))
			said := &diary{}
			ctx, cancel := context.WithCancel(t.Context())
			go c.watch(ctx, slog.New(slog.NewTextHandler(said, nil)))
			got := make([]int, len(want))
			for day := range got {
				synctest.Wait()
				got[day] = said.count("level=WARN msg=\"Certificate expired")
				time.Sleep(24 * time.Hour)
			}
			cancel()
			synctest.Wait()
			if !slices.Equal(got, want) {
				t.Errorf("%v left: got %d lines day by day, want %d", left, got, want)
			}
		})
	}
}

func TestAHubThatStartsWithACertificateThatHasExpiredSaysSo(t *testing.T) {
	cfg, said := named(t, time.Now().Add(-ownFor-time.Hour)), &bytes.Buffer{}
	s, err := New(cfg, "1.2.3", slog.New(slog.NewTextHandler(said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Run(ended); err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
	if text := said.String(); !strings.Contains(text, "Certificate expired") || !strings.Contains(text, cfg.TLSCert) {
		t.Errorf("got the log\n%s\nwant that %s has expired", text, cfg.TLSCert)
	}
}

func keep(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
