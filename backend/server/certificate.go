package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"emitscope/backend/access"
	"emitscope/backend/config"
	"emitscope/backend/fault"
)

// certificate is what other machines are served with; the zero one is none.
type certificate struct {
	config      *tls.Config
	fingerprint string // SHA-256 in hex, in pairs with colons
	until       time.Time
}

// checkEvery is how often the hub says that its certificate has expired.
const checkEvery = 24 * time.Hour

// ownFor is how long a certificate of the hub's own holds. Browsers take no longer
// one from anybody, and people see a warning with each new one.
const ownFor = 800 * 24 * time.Hour

// listener returns l with TLS in front, if there is a certificate.
func (c certificate) listener(l net.Listener) net.Listener {
	if c.config == nil {
		return l
	}
	return tls.NewListener(l, c.config)
}

// watch says when the certificate has expired, at once and every day, until ctx
// ends. The hub serves it all the same: some callers look at its fingerprint alone.
func (c certificate) watch(ctx context.Context, log *slog.Logger) {
	if c.config == nil {
		return
	}
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		if !time.Now().Before(c.until) {
			log.Warn("Certificate expired, callers refuse it or are warned", "expired", c.until, "fingerprint", c.fingerprint)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// openCertificate reads the certificate that the settings name, or the hub's own,
// which it makes when there is none, or one that has expired.
func openCertificate(cfg config.Config) (certificate, error) {
	if cfg.TLSCert != "" {
		pair, err := tls.LoadX509KeyPair(cfg.TLSCert, cfg.TLSKey)
		if err != nil {
			return certificate{}, fault.Newf(fault.Conflict, "the certificate cannot be used: %v", err).WithCode("bad_certificate").
				WithHint("tls_cert and tls_key name files in PEM that belong together")
		}
		return certificateOf(pair), nil
	}
	if !cfg.TLS {
		return certificate{}, nil
	}
	certFile, keyFile := filepath.Join(cfg.DataDir, "tls.crt"), filepath.Join(cfg.DataDir, "tls.key")
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	switch {
	case err == nil && time.Now().Before(pair.Leaf.NotAfter):
		return certificateOf(pair), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return certificate{}, fault.Newf(fault.Conflict, "the hub's own certificate in %s is damaged: %v", cfg.DataDir, err).WithCode("bad_certificate").
			WithHint("delete tls.crt and tls.key there; the hub then makes a new one")
	}
	cert, key, err := makeCertificate(time.Now())
	if err != nil {
		return certificate{}, fmt.Errorf("make a certificate: %w", err)
	}
	if err := errors.Join(config.WriteFileAtomic(keyFile, key, 0o600), config.WriteFileAtomic(certFile, cert, 0o600)); err != nil {
		return certificate{}, fmt.Errorf("keep the certificate: %w", err)
	}
	if pair, err = tls.X509KeyPair(cert, key); err != nil {
		return certificate{}, err
	}
	return certificateOf(pair), nil
}

func certificateOf(pair tls.Certificate) certificate {
	sum := sha256.Sum256(pair.Leaf.Raw)
	pairs := make([]string, len(sum))
	for i, b := range sum {
		pairs[i] = fmt.Sprintf("%02X", b)
	}
	return certificate{
		// WebSocket needs HTTP/1.1.
		config:      &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}},
		fingerprint: strings.Join(pairs, ":"),
		until:       pair.Leaf.NotAfter,
	}
}

// makeCertificate makes a certificate for this machine's names and addresses, and
// its key, in PEM. Nobody has signed it, so people compare its fingerprint.
func makeCertificate(now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Emitscope"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(ownFor),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		DNSNames: append([]string{"localhost"}, machineNames()...),
	}
	ways, _ := access.Ways() // without them the certificate is for names
	for _, way := range ways {
		template.IPAddresses = append(template.IPAddresses, net.IP(way.Addr.AsSlice()))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), nil
}

// machineNames are what this machine is called: in full, and in multicast DNS. A
// name that is not ASCII cannot be in a certificate as it is.
func machineNames() []string {
	name, err := os.Hostname()
	if err != nil || strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil
	}
	first, _, _ := strings.Cut(name, ".")
	return []string{name, first + ".local"}
}
