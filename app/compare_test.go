package app_test

import (
	"encoding/json"
	"strings"
	"testing"

	"emitscope/backend/door/wire"
)

func TestTwoRecordingsAreCompared(t *testing.T) {
	url := serve(t)
	for _, name := range []string{"one", "two"} {
		if code, _, errs := run(t, "record", "--url", url, "--name", name, "--detach"); code != 0 {
			t.Fatal(errs)
		}
		for range 3 {
			if code, _, errs := run(t, "emit", "--url", url, "tick", "1"); code != 0 {
				t.Fatal(errs)
			}
		}
		eventually(t, func() bool {
			_, out, _ := run(t, "recordings", "--url", url)
			return strings.Contains(out, name) && strings.Contains(out, " 3 ")
		}, "three messages to be written")
		if code, _, errs := run(t, "recordings", "stop", "--url", url, name); code != 0 {
			t.Fatal(errs)
		}
	}
	code, out, errs := run(t, "compare", "--url", url, "one", "two")
	if code != 0 || !strings.Contains(out, "emitted        3") || !strings.Contains(out, "There is too little to say which is steadier") {
		t.Errorf("got %d %s %s", code, out, errs)
	}
	var found wire.SpanComparison
	if code, out, errs = run(t, "compare", "--url", url, "one", "--json"); code != 0 || json.Unmarshal([]byte(out), &found) != nil || found.B.Recording != "one" {
		t.Errorf("as JSON: got %d %s %s", code, out, errs)
	}
	if code, _, errs = run(t, "compare", "--url", url, "one", "none"); code == 0 || !strings.Contains(errs, `there is no recording "none"`) {
		t.Errorf("with none: got %d %s", code, errs)
	}
}
