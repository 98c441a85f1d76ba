// Package access decides who may do what. It stands in front of every door:
// it checks the Host and Origin of each request and the key it carries, refuses
// what must not come in, and leaves in the context who the caller is. It also
// bounds connections and what other machines hand in, remembers what was done,
// finds the way by which others reach this machine, and announces it to them.
package access

import (
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// Options say who may come in.
type Options struct {
	// OpenView lets other machines view without a key, until SetOpenView.
	OpenView bool
	// AllowedHosts are names and addresses the hub is called by, besides those
	// of this machine; without scheme and port.
	AllowedHosts []string
	// AllowedOrigins are those of pages that other machines serve and that may use
	// the hub; without a key they may do what others without one may.
	AllowedOrigins []string
	// AllowNullOrigin lets pages without an origin of their own (opened from a
	// file, or in a sandboxed frame) view and publish.
	AllowNullOrigin bool
	// Keys are the keys that are known; nil: none.
	Keys *Keys
	// MaxFailedKeys is how many wrong keys a caller may show in a minute before it
	// is told to wait; 0: DefaultMaxFailedKeys.
	MaxFailedKeys int
	Audit         *Audit             // nil: nothing is noted
	Reached       func(limit string) // told of each refusal because of a limit, by the setting's name; nil: nobody is
}

// DefaultMaxFailedKeys is that of Options.
const DefaultMaxFailedKeys = 10

// Guard checks requests. All methods may be called from any goroutine.
//
// A program on this machine may do everything: it could as well read the hub's
// files. Web pages on this machine run on somebody else's behalf, so what they
// may do depends on where they come from. Other machines need a key.
type Guard struct {
	o        Options
	openView atomic.Bool
	hosts    *ownHosts
	strikes  tally // wrong keys by address

	mu     sync.Mutex
	last   netip.Addr // of the other machine that was let in last
	lastAt time.Time
}

// New returns a Guard. It is an Invalid error when an allowed host is none.
func New(o Options) (*Guard, error) {
	hosts, err := newOwnHosts(o.AllowedHosts)
	if err != nil {
		return nil, err
	}
	if o.MaxFailedKeys == 0 {
		o.MaxFailedKeys = DefaultMaxFailedKeys
	}
	if o.Audit == nil {
		o.Audit = NewAudit(slog.New(slog.DiscardHandler))
	}
	if o.Reached == nil {
		o.Reached = func(string) {}
	}
	g := &Guard{o: o, hosts: hosts}
	g.openView.Store(o.OpenView)
	return g, nil
}

// OpenView reports whether other machines may view without a key.
func (g *Guard) OpenView() bool { return g.openView.Load() }

// SetOpenView says so from now on. Who came in before is for the caller to show
// out.
func (g *Guard) SetOpenView(on bool) { g.openView.Store(on) }

// LastCaller returns the last other machine that was let in; nil: there was none.
func (g *Guard) LastCaller() *msg.LastCaller {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lastAt.IsZero() {
		return nil
	}
	return &msg.LastCaller{Address: g.last.String(), At: g.lastAt}
}

// SetAnnounced lets the hub be called by the name that is announced for it, too,
// from now on, in the place of the one before; "" for none.
func (g *Guard) SetAnnounced(name string) { g.hosts.setAnnounced(name) }

// Wrap returns a handler that refuses what may not come in and hands the rest
// to next, with the caller in the context. A caller without any scope
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
			err = g.checkKey(r, host, &v.Caller)
		}
		if err != nil {
			g.refuse(w, r, err)
			return
		}
		g.note(&v.Caller)
		next.ServeHTTP(w, r.WithContext(msg.WithCaller(r.Context(), v.Caller)))
	})
}

// note remembers that another machine was let in.
func (g *Guard) note(c *msg.Caller) {
	if c.Local || c.Scopes == 0 {
		return
	}
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last, g.lastAt = c.Address, now
}

// Admit returns the caller with what a key adds to it that came inside its
// connection. The error is Unauthorized for an unknown key, and TooMany when the
// caller has shown too many of those lately. A known key is never held up by
// wrong ones.
func (g *Guard) Admit(c msg.Caller, secret string) (msg.Caller, error) {
	more, err := g.admit(c, secret)
	if err != nil {
		g.o.Audit.Note(msg.Act{Kind: msg.Refused, By: c, Subject: fault.From(err).Code})
		return c, err
	}
	g.note(&more)
	return more, nil
}

func (g *Guard) admit(c msg.Caller, secret string) (msg.Caller, error) {
	if one := g.o.Keys.find(secret); one != nil {
		c.Scopes |= one.scopes
		c.Key = one.name
		return c, nil
	}
	// With 128 bits to guess, no rate of guessing leads anywhere; the limit
	// keeps guesses from filling the log and tells a broken program to stop.
	if g.strikes.add(c.Address.String()) > g.o.MaxFailedKeys {
		g.o.Reached("max_failed_keys")
		return c, fault.Newf(fault.TooMany, "too many wrong keys").WithHint("wait a minute, then use a key that is known")
	}
	return c, fault.Newf(fault.Unauthorized, "the key is unknown").WithCode("unknown_key").
		WithHint("it may have been revoked; make a new one on the machine Emitscope runs on")
}

// visitor is who sent a request.
type visitor struct {
	msg.Caller
	origin string // of a page that needs CORS headers to read the answer; else empty
}

// pageScopes are those of a page of another program on this machine.
const pageScopes = msg.MayView | msg.MayPublish

// visitorOf decides by address and Origin what a caller may do without a key.
func (g *Guard) visitorOf(r *http.Request, host endpoint) (visitor, error) {
	address := addressOf(r)
	// Who answers for a name in the network could have a page of his own under it,
	// then have the name point here, and the page would be taken for ours.
	v := visitor{Caller: msg.Caller{Address: address, Local: isLocal(r, address) && g.hosts.isCertain(host)}}
	var err error
	if origins := r.Header.Values("Origin"); len(origins) == 0 {
		v.Scopes, err = scopesWithoutOrigin(r, v.Local && host.isLoopback())
	} else {
		v.Scopes, v.origin, err = g.scopesOfOrigin(origins, host, v.Local)
	}
	switch {
	case v.Local:
	case g.OpenView():
		v.Scopes &= msg.MayView
	default:
		v.Scopes = 0
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
	case ok && (local && origin.isLoopback() || slices.Contains(g.o.AllowedOrigins, text)):
		return pageScopes, text, nil
	}
	return 0, "", fault.Newf(fault.Forbidden, "pages of %q may not use this hub", fault.Clip(text)).WithCode("wrong_origin").
		WithHint("open the hub's own pages, serve yours from http://localhost on the machine Emitscope runs on, or allow the origin with --allowed-origins (allowed_origins)")
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

// checkKey adds to the caller what the key of its request allows, or its cookie,
// where there is no key.
func (g *Guard) checkKey(r *http.Request, host endpoint, c *msg.Caller) error {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		more, err := g.admit(*c, strings.TrimSpace(secret))
		*c = more
		return err
	}
	if len(r.Header["Cookie"]) == 0 || c.Local && c.Scopes.Has(msg.MayView) {
		return nil // on this machine a cookie adds nothing, and revoking its key takes nothing away
	}
	if cookie, err := r.Cookie(cookieName(host)); err == nil {
		// An unknown one is that of a revoked key, or of another hub that was here
		// before: the browser sends it with everything, and cannot know.
		if one := g.o.Keys.findCookie(cookie.Value); one != nil {
			c.Scopes |= one.scopes & msg.MayView
			c.Key = one.name
		}
	}
	return nil
}

// checkHost returns what the caller calls this hub. Only a name of this machine
// will do: else a page could have its own name point here, and be taken for the
// hub's own (DNS rebinding).
func (g *Guard) checkHost(r *http.Request) (endpoint, error) {
	host, ok := parseEndpoint(r.Host)
	if !ok {
		return endpoint{}, fault.Newf(fault.Invalid, "the Host header %q is not a host", fault.Clip(r.Host)).WithCode("wrong_host")
	}
	if !g.hosts.has(host) {
		return endpoint{}, fault.Newf(fault.Forbidden, "this hub is not called %q", fault.Clip(r.Host)).WithCode("wrong_host").
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

// isLocal reports whether the caller is a program on this machine. One that hands
// on a request for somebody else is not, and any header that only proxies write
// says so, also an empty one: who is behind a proxy may have sent that, and the
// proxy its own after it.
func isLocal(r *http.Request, address netip.Addr) bool {
	if !address.IsLoopback() {
		return false
	}
	for _, name := range [...]string{"X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via"} {
		if len(r.Header[name]) > 0 {
			return false
		}
	}
	return true
}

// addressOf is the caller's address; the zero Addr when it is unknown.
func addressOf(r *http.Request) netip.Addr {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}
