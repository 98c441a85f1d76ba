package app

import "time"

// moment writes a time of the wire to the second, with its zone, for a person who
// is here; empty when there is none.
func moment(wireTime string) string {
	t, err := time.Parse(time.RFC3339Nano, wireTime)
	if err != nil {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 -0700")
}
