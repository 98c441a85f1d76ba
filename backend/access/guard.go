// Package access decides who may do what. It stands in front of every door:
// it checks the Host and Origin of each request and the key it carries, refuses
// what must not come in, and leaves the caller's scopes in the context.
package access

import (
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"strings"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Options say who may come in.
type Options struct {
	// OpenView lets other machines view without a key.
	OpenView bool
	// AllowedHosts are names and addresses the hub is called by, besides those
	// of this machine; without scheme and port.
	AllowedHosts []string
	// AllowNullOrigin lets pages without an origin of their own (opened from a
	// file, or in a sandboxed frame) view and publish.
	AllowNullOrigin bool
	// Keys are the keys that are known; nil: none.
	Keys *Keys
	Log  *slog.Logger
}

// Guard checks requests. All methods may be called from any goroutine.
//
// A program on this machine may do everything: it could as well read the hub's
// files. Web pages on this machine run on somebody else's behalf, so what they
// may do depends on where they come from. Other machines need a key.
type Guard struct {
	o       Options
	hosts   *ownHosts
	strikes tally // wrong keys by address
	logged  gate
}

// Limits on wrong keys, in a minute.
const (
	strikesPerAddress = 10
	strikesInBand     = 100 // of all clients that send their key inside a connection
)

// New returns a Guard. It is an Invalid error when an allowed host is none.
func New(o Options) (*Guard, error) {
	hosts, err := newOwnHosts(o.AllowedHosts)
	if err != nil {
		return nil, err
	}
	return &Guard{o: o, hosts: hosts}, nil
}

// Wrap returns a handler that refuses what may not come in and hands the rest
// to next, with the caller's scopes in the context. A caller without any scope
// comes in too: pages are public, and a connection may bring its key later.
//
// GET /api, spelled exactly so, may be asked for by any page there is, and
// brings its own CORS headers.
func (g *Guard) Wrap(next http.Handler) http.Handler {
	// Made once, for every answer has them. Nobody changes the values of a header.
	nosniff, sameOrigin, origin := []string{"nosniff"}, []string{"SAMEORIGIN"}, []string{"Origin"}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header["X-Content-Type-Options"] = nosniff
		header["X-Frame-Options"] = sameOrigin // nobody lays our buttons under theirs
		host, err := g.checkHost(r)
		if err != nil {
			g.refuse(w, r, err)
			return
		}
		if isOpen(r) {
			next.ServeHTTP(w, r)
			return
		}
		header["Vary"] = origin
		v, err := g.visitorOf(r, host)
		if err == nil && v.origin != "" {
			allowOrigin(header, v.origin)
			if isPreflight(r) {
				answerPreflight(w, r)
				return
			}
		}
		if err == nil {
			err = g.checkKey(r, &v)
		}
		if err != nil {
			g.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(msg.WithScopes(r.Context(), v.scopes)))
	})
}

// Scopes returns what a key allows that came inside a connection. The error is
// Unauthorized for an unknown key, and TooMany when there were too many lately.
// A known key is never held up by others' wrong ones.
func (g *Guard) Scopes(key string) (msg.Scopes, error) {
	return g.scopesOf(key, "inside a connection", strikesInBand)
}

func (g *Guard) scopesOf(key, from string, limit int) (msg.Scopes, error) {
	if s, known := g.o.Keys.find(key); known {
		return s, nil
	}
	// With 128 bits to guess, no rate of guessing leads anywhere; the limit
	// keeps guesses from filling the log and tells a broken program to stop.
	if g.strikes.add(from) > limit {
		return 0, fault.Newf(fault.TooMany, "too many wrong keys").WithHint("wait a minute, then use a key that is known")
	}
	return 0, fault.Newf(fault.Unauthorized, "the key is unknown").WithCode("unknown_key").
		WithHint("it may have been revoked; make a new one on the machine Emitscope runs on")
}

// visitor is who sent a request.
type visitor struct {
	origin string // of a page that needs CORS headers to read the answer; else empty
	scopes msg.Scopes
}

// pageScopes are those of a page of another program on this machine.
const pageScopes = msg.MayView | msg.MayPublish

// visitorOf decides by address and Origin what a caller may do without a key.
func (g *Guard) visitorOf(r *http.Request, host endpoint) (visitor, error) {
	local := isLocal(r)
	var v visitor
	var err error
	if origins := r.Header.Values("Origin"); len(origins) == 0 {
		v.scopes, err = scopesWithoutOrigin(r, local && host.isLoopback())
	} else {
		v.scopes, v.origin, err = g.scopesOfOrigin(origins, host, local)
	}
	switch {
	case local:
	case g.o.OpenView:
		v.scopes &= msg.MayView
	default:
		v.scopes = 0
	}
	return v, err
}

// scopesOfOrigin returns the most a page of this origin may do, and the origin
// when it is not the hub's own.
func (g *Guard) scopesOfOrigin(origins []string, host endpoint, local bool) (msg.Scopes, string, error) {
	text := origins[0]
	if len(origins) > 1 {
		return 0, "", fault.Newf(fault.Forbidden, "the request names more than one Origin").WithCode("wrong_origin")
	}
	if text == "null" {
		if !g.o.AllowNullOrigin {
			return 0, "", fault.Newf(fault.Forbidden, "pages opened from a file, and sandboxed frames, may not use this hub").WithCode("wrong_origin").
				WithHint("serve the page over http://localhost, or start the hub with --allow-null-origin (allow_null_origin = true)")
		}
		return pageScopes, text, nil
	}
	origin, ok := parseOrigin(text)
	switch {
	case local && isWindow(text):
		return msg.AllScopes, text, nil
	case ok && origin.sameAs(host):
		return msg.AllScopes, "", nil
	case ok && local && origin.isLoopback():
		return pageScopes, text, nil
	}
	return 0, "", fault.Newf(fault.Forbidden, "pages of %q may not use this hub", clip(text)).WithCode("wrong_origin").
		WithHint("open the hub's own pages, or serve yours from http://localhost on the machine Emitscope runs on")
}

// isWindow reports whether an origin is that of Emitscope's own window: the
// first on Linux and macOS, the others with other versions and on Windows.
func isWindow(origin string) bool {
	return origin == "wails://wails" || origin == "wails://wails.localhost" || origin == "http://wails.localhost"
}

// scopesWithoutOrigin is for programs, and for what browsers ask for without
// saying on whose behalf: images, scripts, and pages somebody goes to. onLoopback
// says that the request came from this machine to a loopback name; what is of the
// same site as that is a page of this machine.
func scopesWithoutOrigin(r *http.Request, onLoopback bool) (msg.Scopes, error) {
	site := r.Header.Get("Sec-Fetch-Site")
	switch {
	case site == "" || site == "none" || site == "same-origin":
		return msg.AllScopes, nil
	case site == "same-site" && onLoopback:
		return pageScopes, nil
	case isVisit(r):
		return 0, nil
	}
	return 0, fault.Newf(fault.Forbidden, "pages of other sites may not use this hub").WithCode("wrong_origin").
		WithHint("open the hub's address itself")
}

// isVisit reports whether somebody follows a link to one of the hub's pages.
// That shows nothing to the page with the link.
func isVisit(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	clean := path.Clean("/" + r.URL.Path)
	return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		(dest == "" || dest == "document") && clean != "/api" && !strings.HasPrefix(clean, "/api/")
}

// checkKey adds what the request's key allows to what v may do.
func (g *Guard) checkKey(r *http.Request, v *visitor) error {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	more, err := g.scopesOf(strings.TrimSpace(key), addressOf(r).String(), strikesPerAddress)
	v.scopes |= more
	return err
}

// checkHost returns what the caller calls this hub. Only a name of this machine
// will do: else a page could have its own name point here, and be taken for the
// hub's own (DNS rebinding).
func (g *Guard) checkHost(r *http.Request) (endpoint, error) {
	host, ok := parseEndpoint(r.Host)
	if !ok {
		return endpoint{}, fault.Newf(fault.Invalid, "the Host header %q is not a host", clip(r.Host)).WithCode("wrong_host")
	}
	if !g.hosts.has(host) {
		return endpoint{}, fault.Newf(fault.Forbidden, "this hub is not called %q", clip(r.Host)).WithCode("wrong_host").
			WithHint("use an address or the host name of its machine, or allow this name with --allowed-hosts (allowed_hosts)")
	}
	return host, nil
}

// isOpen reports whether the request is the one that every page may send. The
// path is compared as it was sent, so nothing else can be spelled like it.
func isOpen(r *http.Request) bool {
	asks := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
	return asks && r.URL.EscapedPath() == "/api"
}

// isLocal reports whether the caller is a program on this machine. One that
// says it hands on a request for somebody else is not.
func isLocal(r *http.Request) bool {
	return addressOf(r).IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

// addressOf is the caller's address; the zero Addr when it is unknown.
func addressOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}
