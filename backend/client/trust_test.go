package client_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"emitscope/backend/fault"
)

// secure returns a server that nobody vouches for, the fingerprint of its
// certificate, and how often it was asked for something.
func secure(t *testing.T) (server *httptest.Server, fingerprint string, asked *int) {
	t.Helper()
	asked = new(int)
	server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*asked++
		_, _ = io.WriteString(w, `{"on":true}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	sum := sha256.Sum256(server.Certificate().Raw)
	return server, hex.EncodeToString(sum[:]), asked
}

func TestAPinnedClientTalksToTheHubWithThisFingerprint(t *testing.T) {
	server, fingerprint, _ := secure(t)
	for _, written := range []string{fingerprint, strings.ToUpper(fingerprint), colons(fingerprint)} {
		c := connect(t, server.URL)
		if err := c.Pin(written); err != nil {
			t.Fatal(err)
		}
		if s, err := c.Sharing(t.Context()); err != nil || !s.On {
			t.Errorf("%s: got %+v, %v, want the hub's answer", written, s, err)
		}
	}
}

func TestAPinnedClientTellsAnotherHubNothing(t *testing.T) {
	server, fingerprint, asked := secure(t)
	c := connect(t, server.URL)
	if err := c.Pin("00" + fingerprint[2:]); err != nil {
		t.Fatal(err)
	}
	_, err := c.Sharing(t.Context())
	if f := fault.From(err); f.Code != "wrong_fingerprint" || !strings.Contains(f.Message, strings.ToUpper(colons(fingerprint))) {
		t.Errorf("got %v, want wrong_fingerprint and the fingerprint seen", err)
	}
	if *asked != 0 {
		t.Errorf("the other hub was asked %d times, want never: the key would be in the request", *asked)
	}
}

func TestWithoutAFingerprintACertificateNobodyVouchesForIsRefusedWithAHint(t *testing.T) {
	server, _, asked := secure(t)
	_, err := connect(t, server.URL).Sharing(t.Context())
	if f := fault.From(err); f.Code != "unknown_certificate" || !strings.Contains(f.Hint, "--fingerprint") || *asked != 0 {
		t.Errorf("got %v, asked %d times; want unknown_certificate, a hint, and never", err, *asked)
	}
}

func TestPinRefusesWhatIsNoFingerprintAndAddressesWithoutTLS(t *testing.T) {
	for _, text := range []string{"", "zz", strings.Repeat("ab", 31), strings.Repeat("ab", 33)} {
		if err := connect(t, "https://127.0.0.1:1").Pin(text); !errors.Is(err, fault.Invalid) || fault.From(err).Code != "invalid_fingerprint" {
			t.Errorf("%q: got %v, want invalid_fingerprint", text, err)
		}
	}
	if err := connect(t, "http://127.0.0.1:1").Pin(strings.Repeat("ab", 32)); !errors.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "https://") {
		t.Errorf("without TLS: got %v, want an Invalid error with https://", err)
	}
}

func TestAHubThatWantsTLSIsToldApart(t *testing.T) {
	server, _, _ := secure(t)
	_, err := connect(t, strings.Replace(server.URL, "https", "http", 1)).Sharing(t.Context())
	if f := fault.From(err); !strings.Contains(f.Hint, "https://") {
		t.Errorf("got %v, want a hint to write https://", err)
	}
}

// colons puts one between each two hex digits and the next.
func colons(digits string) string {
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, ":")
}
