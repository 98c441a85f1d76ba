package msg

import (
	"strings"

	"emitscope/backend/fault"
)

// Filter selects messages. The zero Filter selects all of them.
type Filter struct {
	Namespace string // exact; empty: any
	Event     string // exact; empty: any
}

// ParseFilter reads a query: terms divided by white space, all of which must
// hold. The terms are ns:NAMESPACE and event:EVENT. An unknown term is an
// Invalid error that names it.
func ParseFilter(query string) (Filter, error) {
	var f Filter
	for _, term := range strings.Fields(query) {
		field, value, ok := strings.Cut(term, ":")
		if !ok || value == "" {
			return Filter{}, fault.Newf(fault.Invalid, "query term %q is not FIELD:VALUE", clip(term)).
				WithCode("invalid_query").WithHint("the fields are ns and event, such as event:tick")
		}
		switch field {
		case "ns":
			f.Namespace = value
		case "event":
			f.Event = value
		default:
			return Filter{}, fault.Newf(fault.Invalid, "query field %q is unknown", clip(field)).
				WithCode("invalid_query").WithHint("the fields are ns and event")
		}
	}
	return f, nil
}

// All reports whether f is the zero Filter, which selects every message.
func (f Filter) All() bool { return f == Filter{} }

// Match reports whether the filter selects r.
func (f Filter) Match(r *Record) bool {
	return (f.Namespace == "" || f.Namespace == r.Namespace) && (f.Event == "" || f.Event == r.Event)
}
