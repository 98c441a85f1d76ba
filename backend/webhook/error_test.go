package webhook_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"emitscope/backend/webhook"
)

func TestNoErrorTellsWhereSomethingWasSent(t *testing.T) {
	there := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 443}
	refused := &net.OpError{Op: "dial", Net: "tcp", Addr: there, Err: errors.New("connect: connection refused")}
	for _, c := range []struct {
		err  error
		want string
	}{
		{refused, "dial tcp: connect: connection refused"},
		{&net.OpError{Op: "proxyconnect", Net: "tcp", Addr: there, Err: refused}, "dial tcp: connect: connection refused"},
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "hooks.example.com", Server: "203.0.113.7:53"}}, "the name of its host was not found: no such host"},
		{
			&tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"secret.example.com"}}, Host: "hooks.example.com"}},
			"its certificate is for another host",
		},
		{&net.OpError{Op: "dial", Net: "tcp", Err: &net.AddrError{Err: "unexpected", Addr: "hooks.example.com"}}, "it could not be reached"},
		{fmt.Errorf("failed to parse %q", "/T0/secret?token=secret"), "it could not be reached"},
		{errors.New("unexpected EOF"), "unexpected EOF"},
	} {
		o := &other{answers: []func(*http.Request) (*http.Response, error){func(*http.Request) (*http.Response, error) { return nil, c.err }}}
		in(t, o, func(t *testing.T, s *webhook.Sender, _ *bytes.Buffer) {
			err := s.Try(t.Context(), "a", secret, nil)
			if err == nil || err.Error() != c.want {
				t.Errorf("%v: got %v, want %s", c.err, err, c.want)
			}
		})
	}
}

func TestARealRequestThatFailsDoesNotTellItsHost(t *testing.T) {
	there := httptest.NewUnstartedServer(http.NotFoundHandler())
	there.Config.ErrorLog = log.New(io.Discard, "", 0)
	there.StartTLS()
	s := webhook.New(webhook.Options{Transport: webhook.NewTransport()})
	for _, what := range []string{"a certificate nobody knows", "a closed port"} {
		err := s.Try(t.Context(), "a", there.URL+"/secret", nil)
		if err == nil || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v, want an error without the address", what, err)
		}
		there.Close()
	}
}
