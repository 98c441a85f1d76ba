package access

import (
	"net/http"
	"time"

	"emitscope/backend/fault"
	"emitscope/backend/msg"
)

// cookieFor is how long a browser keeps the cookie. It holds until its key is
// revoked in any case; after that time the view link has to be opened again.
const cookieFor = 90 * 24 * time.Hour

// cookieName has the port in it, for browsers send the cookies of a host to all of
// its ports: two hubs would overwrite each other's.
func cookieName(host endpoint) string {
	if host.port == "" {
		return "emitscope"
	}
	return "emitscope_" + host.port
}

// Enter swaps a key that may view for a cookie, which lets a browser view and do
// nothing else, whatever more the key allows. The caller returned has all that the
// key allows. The error is that of Admit, or Forbidden for a key that may not view.
func (g *Guard) Enter(r *http.Request, secret string) (*http.Cookie, msg.Caller, error) {
	c, err := g.Admit(msg.CallerOf(r.Context()), secret)
	if err != nil {
		return nil, c, err
	}
	one := g.o.Keys.find(secret)
	if one == nil || !one.scopes.Has(msg.MayView) {
		err := fault.Newf(fault.Forbidden, "this key may not view").WithHint("use a key with the scope view")
		g.o.Audit.Note(msg.Act{Kind: msg.Refused, By: c, Subject: err.Code})
		return nil, c, err
	}
	host, _ := parseEndpoint(r.Host) // Wrap has let it through
	return &http.Cookie{
		Name: cookieName(host), Value: cookieOf(secret), Path: "/", MaxAge: int(cookieFor / time.Second),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}, c, nil
}

// Leave returns a cookie that takes the place of the one Enter made, and is gone
// at once.
func (g *Guard) Leave(r *http.Request) *http.Cookie {
	host, _ := parseEndpoint(r.Host) // Wrap has let it through
	return &http.Cookie{
		Name: cookieName(host), Path: "/", MaxAge: -1, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	}
}
