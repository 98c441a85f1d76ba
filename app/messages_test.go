package app_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestMessagesPrintsWhatAQuerySelects(t *testing.T) {
	url := serve(t)
	for i := range 4 {
		if code, _, errs := run(t, "emit", "--url", url, "--namespace", "/x", "tick", fmt.Sprint(i)); code != 0 {
			t.Fatalf("emit: got %d %q", code, errs)
		}
	}
	eventually(t, func() bool {
		_, out, _ := run(t, "messages", "--url", url, "--query", "ns:/x outcome:emitted")
		return strings.Count(out, "\n") == 4
	}, "all four to be emitted")
	code, out, errs := run(t, "messages", "--url", url, "--query", "data>0", "--limit", "2")
	if first, second, _ := strings.Cut(out, "\n"); code != 0 || !strings.Contains(first, `"data":2`) || !strings.Contains(second, `"data":3`) || strings.Count(out, "\n") != 2 {
		t.Errorf("got %d %q %q, want the two newest, oldest first", code, out, errs)
	}
	if code, _, errs := run(t, "messages", "--url", url, "--query", "sice>1"); code != 1 || !strings.Contains(errs, "did you mean size?") {
		t.Errorf("a wrong query: got %d %q, want the hub's words", code, errs)
	}
	if code, _, errs := run(t, "watch", "--url", url, "--query", "sice>1"); code != 1 || !strings.Contains(errs, "did you mean size?") {
		t.Errorf("a wrong query to watch: got %d %q, want the hub's words", code, errs)
	}
}
