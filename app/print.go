package app

import (
	"encoding/json"
	"io"
	"text/tabwriter"
	"time"
)

// newTable returns a table whose cells end with tabs. Flush prints it.
func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// jsonLines returns what prints values as JSON, one a line, with text as it is.
func jsonLines(w io.Writer) *json.Encoder {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return out
}

// writeJSON prints a value as JSON over several lines, with text as it is.
func writeJSON(w io.Writer, v any) error {
	out := jsonLines(w)
	out.SetIndent("", "  ")
	return out.Encode(v)
}

// onOff says whether something is on.
func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// given is how the wire writes a duration; empty for 0, which says nothing.
func given(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// moment writes a time of the wire to the second, with its zone, for a person who
// is here; empty when there is none.
func moment(wireTime string) string {
	t, err := time.Parse(time.RFC3339Nano, wireTime)
	if err != nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}
