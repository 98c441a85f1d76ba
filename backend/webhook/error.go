package webhook

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// refusal is an answer that is none of the good ones.
type refusal int

func (r refusal) Error() string {
	if 300 <= r && r < 400 {
		return fmt.Sprintf("it answered %d %s: it is elsewhere, and no redirect is followed", int(r), http.StatusText(int(r)))
	}
	return fmt.Sprintf("it answered %d %s", int(r), http.StatusText(int(r)))
}

// isWorthAnotherTry reports whether the same request may be taken another time: not
// when it was understood and refused.
func isWorthAnotherTry(err error) bool {
	var r refusal
	return !errors.As(err, &r) || r >= 500 || r == http.StatusTooManyRequests || r == http.StatusRequestTimeout
}

// withoutAddress says what went wrong with a request, but not where it went: neither
// path nor host, of which some are as secret.
func withoutAddress(err error, to *url.URL) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		if failed.Timeout() {
			return fmt.Errorf("it did not answer within %v", timeout)
		}
		err = failed.Err
	}
	var lookup *net.DNSError
	var name x509.HostnameError
	var network *net.OpError
	switch {
	case errors.As(err, &lookup):
		return fmt.Errorf("the name of its host was not found: %s", lookup.Err)
	case errors.As(err, &name):
		return errors.New("its certificate is for another host")
	case errors.As(err, &network):
		for errors.As(network.Err, &network) { // a proxy's has another inside
		}
		err = &net.OpError{Op: network.Op, Net: network.Net, Err: network.Err}
	}
	for _, part := range []string{to.Hostname(), to.RequestURI()} {
		if strings.Contains(err.Error(), part) && part != "/" {
			return errors.New("it could not be reached")
		}
	}
	return err
}
