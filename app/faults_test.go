package app_test

import (
	"strings"
	"testing"
)

func TestFaultsAreSwitchedOnListedAndOff(t *testing.T) {
	url := serve(t)
	code, out, errs := run(t, "faults", "set", "/m", "--delay", "200ms", "--drop", "0.02", "--seed", "7", "--url", url)
	if code != 0 || !strings.Contains(out, "seed 7: delay 100 % by 200ms, drop 2 %.\nscope faults clear /m ends them.\n") {
		t.Errorf("set: got %d %q %q", code, out, errs)
	}
	if _, out, _ := run(t, "faults", "--url", url); !strings.Contains(out, "delay 100 % by 200ms, drop 2 %  nothing  7\n") {
		t.Errorf("list: got %q", out)
	}
	if code, out, errs := run(t, "faults", "clear", "/m", "--url", url); code != 0 || out != "No faults are on in /m any more. What was held back leaves now.\n" {
		t.Errorf("clear: got %d %q %q", code, out, errs)
	}
	if _, out, _ := run(t, "faults", "--url", url); !strings.HasPrefix(out, "No faults are on.") {
		t.Errorf("got %q, want none", out)
	}
}
