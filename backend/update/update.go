// Package update asks an address whether there is a newer Emitscope. It says so, and
// installs nothing.
//
// What the address answers is signed, so that whoever can change it, or the way to it,
// can tell nobody to get something else: at worst that there is nothing new.
package update

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"emitscope/backend/fault"
)

const (
	// mostBytes is as much as an answer may have: some thousand lines of notes.
	mostBytes = 64 << 10
	// patience is how long an answer may take, redirects included.
	patience = 10 * time.Second
	// mostRedirects is how often an address may send on to another one.
	mostRedirects = 3
)

// Source is where news are, and who signs them.
type Source struct {
	URL string
	Key string // Ed25519, in base64; its private half signs
}

// News is what an address says of the newest version.
type News struct {
	Version string `json:"version"`
	Notes   string `json:"notes"` // plain text
	Link    string `json:"link"`  // to read more, and to get it
	// Newer is whether it is newer than the one that asked.
	Newer bool `json:"newer"`
}

// signed is the form of an answer. The signature is over the bytes of News as they
// stand in it, so nobody has to agree on how JSON is written.
type signed struct {
	News      string `json:"news"`      // a JSON object, as text
	Signature []byte `json:"signature"` // of that text, in base64
}

// Check asks source, and compares what it says with version. It may be called from any
// goroutine. Whatever is wrong with the source or its answer is an error with a code
// that begins with "update_".
func Check(ctx context.Context, source Source, version string) (News, error) {
	if source.URL == "" || source.Key == "" {
		return News{}, fault.Newf(fault.Conflict, "no address to ask for updates is set").WithCode("update_off").
			WithHint("set updates.url and updates.key in the settings file; there is nothing that asks by itself")
	}
	key, err := CheckSource(source)
	if err != nil {
		return News{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	body, err := fetch(ctx, source.URL)
	if err != nil {
		return News{}, err
	}
	news, err := read(body, key)
	if err != nil {
		return News{}, err
	}
	news.Newer = isNewer(news.Version, version)
	return news, nil
}

// CheckSource says what is wrong with a source, and returns its key. Its address is
// https, or on this machine.
func CheckSource(source Source) (ed25519.PublicKey, error) {
	u, err := url.Parse(source.URL)
	if err != nil || !isSafe(u) {
		return nil, fault.Newf(fault.Invalid, "updates.url is %q, which is no address that begins with https://", source.URL).WithCode("update_source")
	}
	key, err := base64.StdEncoding.DecodeString(source.Key)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fault.Newf(fault.Invalid, "updates.key is no Ed25519 key: it has 32 bytes, in base64").WithCode("update_source")
	}
	return ed25519.PublicKey(key), nil
}

// isSafe reports whether nobody on the way sees what is asked for.
func isSafe(u *url.URL) bool {
	if u.Host == "" || u.User != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// errRedirect is that an address sends to where nothing is asked for.
var errRedirect = errors.New("it sends on to an address without https, or too often")

func fetch(ctx context.Context, address string) ([]byte, error) {
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	ask.Header.Set("Accept", "application/json")
	ask.Header.Set("User-Agent", "emitscope") // and nothing of who asks
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	asker := &http.Client{Transport: transport, CheckRedirect: func(next *http.Request, before []*http.Request) error {
		if len(before) > mostRedirects || !isSafe(next.URL) {
			return errRedirect
		}
		return nil
	}}
	answer, err := asker.Do(ask)
	if err != nil {
		return nil, unreachable(ctx, address, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fault.Newf(fault.Conflict, "%s answers %s", address, answer.Status).WithCode("update_unreachable").
			WithHint("try again later, or correct updates.url")
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, mostBytes+1))
	if err != nil {
		return nil, unreachable(ctx, address, err)
	}
	if len(body) > mostBytes {
		return nil, fault.Newf(fault.Invalid, "%s answers more than %d bytes", address, mostBytes).WithCode("update_garbled")
	}
	return body, nil
}

// unreachable says why nothing came of asking.
func unreachable(ctx context.Context, address string, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("nothing came within %v", patience)
	}
	var e *url.Error
	if errors.As(err, &e) { // the address is named already
		err = e.Err
	}
	return fault.Newf(fault.Conflict, "%s cannot be asked for updates: %v", address, err).WithCode("update_unreachable").
		WithHint("try again later, or correct updates.url")
}

// read returns what an answer says, if key has signed it.
func read(body []byte, key ed25519.PublicKey) (News, error) {
	var s signed
	if err := json.Unmarshal(body, &s); err != nil || s.News == "" {
		return News{}, fault.Newf(fault.Invalid, "what the address for updates answers is not what it should be").WithCode("update_garbled").
			WithHint("correct updates.url")
	}
	if len(s.Signature) != ed25519.SignatureSize || !ed25519.Verify(key, []byte(s.News), s.Signature) {
		return News{}, fault.Newf(fault.Forbidden, "what the address for updates answers is not signed by updates.key, so it is not believed").WithCode("update_unsigned").
			WithHint("do not get anything from there before you know why")
	}
	var news News
	d := json.NewDecoder(bytes.NewReader([]byte(s.News)))
	if err := d.Decode(&news); err != nil || !versionForm.MatchString(news.Version) {
		return News{}, fault.Newf(fault.Invalid, "what the address for updates answers is signed, but names no version").WithCode("update_garbled")
	}
	if link, err := url.Parse(news.Link); err != nil || news.Link != "" && !isSafe(link) {
		news.Link = "" // nobody is sent there
	}
	return news, nil
}
