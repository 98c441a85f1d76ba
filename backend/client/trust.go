package client

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"emitscope/backend/fault"
)

// TrustOnly returns settings for TLS that accept the one certificate whose SHA-256
// is fingerprint, in hex, with or without colons, and no other. Names, dates and
// signatures do not count: who knows the fingerprint knows the certificate. What is
// no fingerprint is Invalid; a handshake with another certificate fails with an
// error of kind Conflict.
func TrustOnly(fingerprint string) (*tls.Config, error) {
	want, err := hex.DecodeString(strings.NewReplacer(":", "", " ", "").Replace(fingerprint))
	if err != nil || len(want) != sha256.Size {
		return nil, fault.Newf(fault.Invalid, "%q is not the fingerprint of a certificate", fingerprint).WithCode("invalid_fingerprint").
			WithHint("it is %d pairs of hex digits, as \"emitscope share\" prints it where the hub is", sha256.Size)
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection checks more than signatures can tell
		VerifyConnection: func(s tls.ConnectionState) error {
			got := sha256.Sum256(s.PeerCertificates[0].Raw) // a server always shows one
			if subtle.ConstantTimeCompare(got[:], want) == 1 {
				return nil
			}
			return fault.Newf(fault.Conflict, "another certificate is shown than the one expected: its fingerprint is %s", inPairs(got[:])).
				WithCode("wrong_fingerprint").
				WithHint("somebody may be in between; if the hub has a new certificate, take its fingerprint from \"emitscope share\" where the hub is")
		},
	}, nil
}

// inPairs writes bytes as people compare them: "0A:FF".
func inPairs(bytes []byte) string {
	return strings.ReplaceAll(strings.TrimSuffix(fmt.Sprintf("% X", bytes), " "), " ", ":")
}

// Untrusted says for a person what is wrong with the certificate that a server at
// address has shown, if err, of connecting to it, is about that; else nil.
func Untrusted(address string, err error) error {
	var known *fault.Error
	if errors.As(err, &known) { // of TrustOnly
		return known
	}
	var unknown *tls.CertificateVerificationError
	if errors.As(err, &unknown) {
		e := fault.Newf(fault.Conflict, "the certificate of %s cannot be trusted: %v", address, unknown.Err).WithCode("unknown_certificate")
		var authority x509.UnknownAuthorityError
		if errors.As(unknown.Err, &authority) {
			return e.WithHint("if it is the hub's own, add --fingerprint with what \"emitscope share\" prints where the hub is")
		}
		return e
	}
	return nil
}
