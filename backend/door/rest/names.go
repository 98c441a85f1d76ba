package rest

import (
	"net/http"
	"strings"

	"emitscope/backend/fault"
)

// namedPath is a path behind which the name of something comes.
type namedPath struct {
	above string // up to the name
	what  string // it is
	one   string // as it is written there
}

// named are the paths behind which names come that people and programs make up.
// Slashes may be in them, at their beginning too.
func named() []namedPath {
	return []namedPath{
		{"/api/v1/lanes/", "namespace", "%2Fws%2Frt_market"},
		{"/api/v1/faults/", "namespace", "%2Fws%2Frt_market"},
		{"/api/v1/keys/", "name", "View%20link"},
		{"/api/v1/queries/", "name", "late%20ticks"},
		{"/api/v1/boards/", "name", "Pump%203"},
		{"/api/v1/drafts/", "name", "One%20tick"},
		{"/api/v1/alerts/", "name", "Queue%20fills%20up"},
		{"/api/v1/simulators/", "name", "Market%20ticks"},
		{"/api/v1/rules/", "name", "start%20on%20%2Fws"},
		{"/api/v1/recordings/", "name", "Open%20of%20the%20market"},
	}
}

// losesSlash reports whether the name in a path, as it came, begins with a slash
// that is not encoded. The mux would take it out, and lead the client to what has
// the rest for its name.
func losesSlash(path string) bool {
	for _, n := range named() {
		if name, ok := strings.CutPrefix(path, n.above); ok {
			return strings.HasPrefix(name, "/")
		}
	}
	return false
}

// slash serves what is called "/": for a mux, a segment that is %2F is the end of a
// path that ends in a slash.
func (d *Door) slash(name string, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.EscapedPath(), "/") {
			d.sendError(w, r, unknownPath(r.URL.Path))
			return
		}
		r.SetPathValue(name, "/")
		serve(w, r)
	}
}

func unknownPath(path string) error {
	err := fault.Newf(fault.NotFound, "there is nothing at %s", fault.Clip(path))
	for _, n := range named() {
		if strings.HasPrefix(path, n.above) {
			return err.WithHint("a %s in a path is percent-encoded: %s%s", n.what, n.above, n.one)
		}
	}
	return err.WithHint("/api/v1/docs lists what there is")
}
