package access

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func FuzzParseEndpoint(f *testing.F) {
	for _, s := range []string{"localhost:8092", "[::1]:80", "[fe80::1%eth0]", "127.0.0.1", "a.b.", "[::ffff:1.2.3.4]:0", "::1", "x:y:z", "é", "0.."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, ok := parseEndpoint(s)
		if !ok {
			return
		}
		if (e.name == "") == !e.addr.IsValid() {
			t.Fatalf("%q: got name %q and address %v, want one of them", s, e.name, e.addr)
		}
		again := e.name
		if e.addr.Is4() {
			again = e.addr.String()
		} else if e.addr.IsValid() {
			again = "[" + e.addr.String() + "]"
		}
		if e.port != "" {
			again += ":" + e.port
		}
		if got, ok := parseEndpoint(again); !ok || got != e {
			t.Fatalf("%q became %q, which is read as %+v %v, want %+v", s, again, got, ok, e)
		}
	})
}

// A browser's idea of an origin's host is that of its URL: if ours differed, one
// could be taken for another.
func FuzzParseOrigin(f *testing.F) {
	for _, s := range []string{"http://localhost:5173", "https://[::1]", "http://a@b", "http://a/b", "http://a#b", "null", "HTTP://a", "http://127.0.0.1:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, ok := parseOrigin(s)
		if !ok {
			return
		}
		if o.port == "" {
			t.Fatalf("%q: the port is not said", s)
		}
		if got := hostInURL(t, s); got != o.endpoint {
			t.Fatalf("%q: net/url reads %+v, we read %+v", s, got, o.endpoint)
		}
	})
}

// hostInURL is where net/url thinks that an origin points.
func hostInURL(t *testing.T, origin string) endpoint {
	t.Helper()
	u, err := url.Parse(origin)
	if err != nil {
		if strings.Contains(origin, "%") { // a zone, which a URL writes in another way
			t.Skip()
		}
		t.Fatalf("%q is taken for an origin: %v", origin, err)
	}
	if u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		t.Fatalf("%q is taken for an origin, and is more than one", origin)
	}
	e := endpoint{port: strings.TrimLeft(cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]), "0")}
	e.port = cmp.Or(e.port, "0")
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if addr, err := netip.ParseAddr(host); err == nil {
		e.addr = addr.Unmap().WithZone("")
	} else {
		e.name = host
	}
	return e
}

func FuzzDecodeKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"name":"a","scopes":"view","created":"2024-01-02T03:04:05Z","hashes":["` + strings.Repeat("0f", 32) + `"]}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		keys, err := decodeKeys(text)
		if err != nil {
			return
		}
		for _, k := range keys {
			if err := checkKey(k.name, k.scopes); err != nil || len(k.hashes) == 0 {
				t.Fatalf("key %q was let in with %d hashes: %v", k.name, len(k.hashes), err)
			}
		}
	})
}
